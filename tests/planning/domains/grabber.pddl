; A robot with two hands carries balls from room to room (a gripper-like domain); rooms and hands are untyped facts.
(DEFINE (DOMAIN grabber)
  (:requirements :strips)
  (:predicates (room ?r) (ball ?b) (hand ?h) (robot-in ?r) (ball-in ?b ?r) (empty ?h) (holds ?h ?b))

  (:action GO
    :parameters (?from ?to)
    :precondition (and (room ?from) (room ?to) (robot-in ?from))
    :effect (and (robot-in ?to) (not (robot-in ?from))))

  (:action PICK
    :parameters (?b ?r ?h)
    :precondition (and (ball ?b) (room ?r) (hand ?h) (ball-in ?b ?r) (robot-in ?r) (empty ?h))
    :effect (and (holds ?h ?b) (not (ball-in ?b ?r)) (not (empty ?h))))

  (:action DROP
    :parameters (?b ?r ?h)
    :precondition (and (ball ?b) (room ?r) (hand ?h) (holds ?h ?b) (robot-in ?r))
    :effect (and (ball-in ?b ?r) (empty ?h) (not (holds ?h ?b)))))
