; One lift, people who wait and people who have arrived (a miconic-like domain).
(define (domain elevator)
  (:requirements :strips :typing)
  (:types guest storey)
  (:predicates
    (starts ?g - guest ?s - storey) (wants ?g - guest ?s - storey)
    (higher ?low ?high - storey)
    (inside ?g - guest) (arrived ?g - guest) (lift-at ?s - storey))

  (:action let-in
    :parameters (?s - storey ?g - guest)
    :precondition (and (lift-at ?s) (starts ?g ?s))
    :effect (inside ?g))

  (:action let-out
    :parameters (?s - storey ?g - guest)
    :precondition (and (lift-at ?s) (wants ?g ?s) (inside ?g))
    :effect (and (not (inside ?g)) (arrived ?g)))

  (:action ascend
    :parameters (?from ?to - storey)
    :precondition (and (lift-at ?from) (higher ?from ?to))
    :effect (and (lift-at ?to) (not (lift-at ?from))))

  (:action descend
    :parameters (?from ?to - storey)
    :precondition (and (lift-at ?from) (higher ?to ?from))
    :effect (and (lift-at ?to) (not (lift-at ?from)))))
