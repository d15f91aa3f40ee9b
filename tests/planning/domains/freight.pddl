; Parcels over a road and an air network (a logistics-like domain).
(define (domain freight)
  (:requirements :strips :typing)
  (:types site town parcel carrier - object
          depot airfield - site
          lorry plane - carrier)
  (:predicates
    (stands ?c - carrier ?s - site)
    (lies ?p - parcel ?s - site)
    (aboard ?p - parcel ?c - carrier)
    (within ?s - site ?t - town))

  (:action take-up
    :parameters (?p - parcel ?c - carrier ?s - site)
    :precondition (and (lies ?p ?s) (stands ?c ?s))
    :effect (and (not (lies ?p ?s)) (aboard ?p ?c)))

  (:action set-down
    :parameters (?p - parcel ?c - carrier ?s - site)
    :precondition (and (aboard ?p ?c) (stands ?c ?s))
    :effect (and (not (aboard ?p ?c)) (lies ?p ?s)))

  (:action roll
    :parameters (?l - lorry ?from ?to - site ?t - town)
    :precondition (and (stands ?l ?from) (within ?from ?t) (within ?to ?t))
    :effect (and (not (stands ?l ?from)) (stands ?l ?to)))

  (:action soar
    :parameters (?a - plane ?from ?to - airfield)
    :precondition (stands ?a ?from)
    :effect (and (not (stands ?a ?from)) (stands ?a ?to))))
