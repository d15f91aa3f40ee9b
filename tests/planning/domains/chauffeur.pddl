; Drivers walk on paths and drive on roads (a driverlog-like domain).
(define (domain chauffeur)
  (:requirements :strips :typing)
  (:types place thing - object  box van person - thing)
  (:predicates
    (at ?t - thing ?p - place) (in ?b - box ?v - van) (drives ?d - person ?v - van)
    (road ?a ?b - place) (path ?a ?b - place) (idle ?v - van))

  (:action stow
    :parameters (?b - box ?v - van ?p - place)
    :precondition (and (at ?v ?p) (at ?b ?p))
    :effect (and (not (at ?b ?p)) (in ?b ?v)))

  (:action unstow
    :parameters (?b - box ?v - van ?p - place)
    :precondition (and (at ?v ?p) (in ?b ?v))
    :effect (and (not (in ?b ?v)) (at ?b ?p)))

  (:action mount
    :parameters (?d - person ?v - van ?p - place)
    :precondition (and (at ?v ?p) (at ?d ?p) (idle ?v))
    :effect (and (not (at ?d ?p)) (drives ?d ?v) (not (idle ?v))))

  (:action dismount
    :parameters (?d - person ?v - van ?p - place)
    :precondition (and (at ?v ?p) (drives ?d ?v))
    :effect (and (not (drives ?d ?v)) (at ?d ?p) (idle ?v)))

  (:action drive
    :parameters (?v - van ?from ?to - place ?d - person)
    :precondition (and (at ?v ?from) (drives ?d ?v) (road ?from ?to))
    :effect (and (not (at ?v ?from)) (at ?v ?to)))

  (:action walk
    :parameters (?d - person ?from ?to - place)
    :precondition (and (at ?d ?from) (path ?from ?to))
    :effect (and (not (at ?d ?from)) (at ?d ?to))))
