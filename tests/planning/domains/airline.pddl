; Planes with fuel levels carry people (a zenotravel-like domain); `either` instead of a common type.
(define (domain airline)
  (:requirements :strips :typing)
  (:types plane traveller city level - object)
  (:predicates
    (at ?x - (either plane traveller) ?c - city) (on ?t - traveller ?p - plane)
    (fuel ?p - plane ?l - level) (succ ?less ?more - level))

  (:action enter
    :parameters (?t - traveller ?p - plane ?c - city)
    :precondition (and (at ?t ?c) (at ?p ?c))
    :effect (and (not (at ?t ?c)) (on ?t ?p)))

  (:action leave
    :parameters (?t - traveller ?p - plane ?c - city)
    :precondition (and (on ?t ?p) (at ?p ?c))
    :effect (and (not (on ?t ?p)) (at ?t ?c)))

  (:action fly
    :parameters (?p - plane ?from ?to - city ?full ?less - level)
    :precondition (and (at ?p ?from) (fuel ?p ?full) (succ ?less ?full))
    :effect (and (not (at ?p ?from)) (at ?p ?to) (not (fuel ?p ?full)) (fuel ?p ?less)))

  (:action hurry
    :parameters (?p - plane ?from ?to - city ?full ?half ?less - level)
    :precondition (and (at ?p ?from) (fuel ?p ?full) (succ ?half ?full) (succ ?less ?half))
    :effect (and (not (at ?p ?from)) (at ?p ?to) (not (fuel ?p ?full)) (fuel ?p ?less)))

  (:action tank
    :parameters (?p - plane ?c - city ?less ?more - level)
    :precondition (and (fuel ?p ?less) (succ ?less ?more) (at ?p ?c))
    :effect (and (fuel ?p ?more) (not (fuel ?p ?less)))))
