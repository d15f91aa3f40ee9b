; Vehicles of limited room on roads of different length (a transport-like domain); cheapest plans are asked for.
(define (domain haulage)
  (:requirements :typing :action-costs)
  (:types place target room-left - object  vehicle bundle - target)
  (:predicates
    (linked ?a ?b - place) (at ?t - target ?p - place) (loaded ?b - bundle ?v - vehicle)
    (free ?v - vehicle ?r - room-left) (one-less ?less ?more - room-left))
  (:functions (distance ?a ?b - place) - number (total-cost) - number)

  (:action move
    :parameters (?v - vehicle ?from ?to - place)
    :precondition (and (at ?v ?from) (linked ?from ?to))
    :effect (and (not (at ?v ?from)) (at ?v ?to) (increase (total-cost) (distance ?from ?to))))

  (:action lift
    :parameters (?v - vehicle ?p - place ?b - bundle ?less ?more - room-left)
    :precondition (and (at ?v ?p) (at ?b ?p) (one-less ?less ?more) (free ?v ?more))
    :effect (and (not (at ?b ?p)) (loaded ?b ?v) (free ?v ?less) (not (free ?v ?more)) (increase (total-cost) 1)))

  (:action lower
    :parameters (?v - vehicle ?p - place ?b - bundle ?less ?more - room-left)
    :precondition (and (at ?v ?p) (loaded ?b ?v) (one-less ?less ?more) (free ?v ?less))
    :effect (and (not (loaded ?b ?v)) (at ?b ?p) (free ?v ?more) (not (free ?v ?less)) (increase (total-cost) 1))))
