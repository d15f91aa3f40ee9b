; Wagons look for ores: predicates of three things, and what stands in the way.
(define (domain Prospector)
  (:requirements :strips :typing :negative-preconditions :equality)
  (:types
    wagon drill site ore - object
    depot - site)
  (:constants home - depot)
  (:predicates
    (stands ?w - wagon ?s - site)
    (passes ?w - wagon ?from ?to - site)
    (mounted ?d - drill ?w - wagon)
    (bores ?d - drill ?o - ore)
    (vein ?o - ore ?s - site)
    (laden ?w - wagon ?o - ore ?s - site)
    (brought ?o - ore ?s - site)
    (closed ?s - site))

  (:action move
    :parameters (?w - wagon ?from ?to - site)
    :precondition (and (stands ?w ?from) (passes ?w ?from ?to) (not (= ?from ?to)) (not (closed ?to)))
    :effect (and (stands ?w ?to) (not (stands ?w ?from))))

  (:action bore
    :parameters (?w - wagon ?d - drill ?o - ore ?s - site)
    :precondition (and (stands ?w ?s) (mounted ?d ?w) (bores ?d ?o) (vein ?o ?s))
    :effect (laden ?w ?o ?s))

  (:action unload
    :parameters (?w - wagon ?o - ore ?s - site)
    :precondition (and (stands ?w home) (laden ?w ?o ?s))
    :effect (and (brought ?o ?s) (not (laden ?w ?o ?s)))))
