; Sandwiches are made out of a pool, some without gluten (a childsnack-like domain): objects that do not exist yet.
(define (domain canteen)
  (:requirements :strips :typing :negative-preconditions)
  (:types pupil bread filling tray snack table)
  (:constants kitchen - table)
  (:predicates
    (bread-here ?b - bread) (filling-here ?f - filling) (plain-bread ?b - bread) (plain-filling ?f - filling)
    (unmade ?s - snack) (in-kitchen ?s - snack) (plain ?s - snack) (lies-on ?s - snack ?t - tray)
    (tray-at ?t - tray ?p - table) (sits ?c - pupil ?p - table) (allergic ?c - pupil) (fed ?c - pupil))

  (:action make-plain
    :parameters (?s - snack ?b - bread ?f - filling)
    :precondition (and (bread-here ?b) (filling-here ?f) (plain-bread ?b) (plain-filling ?f) (unmade ?s))
    :effect (and (not (bread-here ?b)) (not (filling-here ?f)) (in-kitchen ?s) (plain ?s) (not (unmade ?s))))

  (:action make
    :parameters (?s - snack ?b - bread ?f - filling)
    :precondition (and (bread-here ?b) (filling-here ?f) (unmade ?s))
    :effect (and (not (bread-here ?b)) (not (filling-here ?f)) (in-kitchen ?s) (not (unmade ?s))))

  (:action lay-on
    :parameters (?s - snack ?t - tray)
    :precondition (and (in-kitchen ?s) (tray-at ?t kitchen))
    :effect (and (not (in-kitchen ?s)) (lies-on ?s ?t)))

  (:action serve-plain
    :parameters (?s - snack ?c - pupil ?t - tray ?p - table)
    :precondition (and (sits ?c ?p) (allergic ?c) (lies-on ?s ?t) (plain ?s) (tray-at ?t ?p) (not (fed ?c)))
    :effect (and (not (lies-on ?s ?t)) (fed ?c)))

  (:action serve
    :parameters (?s - snack ?c - pupil ?t - tray ?p - table)
    :precondition (and (sits ?c ?p) (not (allergic ?c)) (lies-on ?s ?t) (tray-at ?t ?p) (not (fed ?c)))
    :effect (and (not (lies-on ?s ?t)) (fed ?c)))

  (:action push-tray
    :parameters (?t - tray ?from ?to - table)
    :precondition (and (tray-at ?t ?from) (not (= ?from ?to)))
    :effect (and (not (tray-at ?t ?from)) (tray-at ?t ?to))))
