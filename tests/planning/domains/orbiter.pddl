; Probes turn to stars, tune a camera and take pictures (a satellite-like domain).
(define (domain orbiter)
  (:requirements :strips :typing)
  (:types probe camera star filter)
  (:predicates
    (carries ?p - probe ?c - camera) (offers ?c - camera ?f - filter) (tuned-by ?c - camera ?s - star)
    (faces ?p - probe ?s - star) (has-power ?p - probe) (powered ?c - camera) (tuned ?c - camera)
    (pictured ?s - star ?f - filter))

  (:action turn
    :parameters (?p - probe ?new ?old - star)
    :precondition (and (faces ?p ?old))
    :effect (and (faces ?p ?new) (not (faces ?p ?old))))

  (:action power-up
    :parameters (?c - camera ?p - probe)
    :precondition (and (carries ?p ?c) (has-power ?p))
    :effect (and (powered ?c) (not (tuned ?c)) (not (has-power ?p))))

  (:action power-down
    :parameters (?c - camera ?p - probe)
    :precondition (and (carries ?p ?c) (powered ?c))
    :effect (and (not (powered ?c)) (has-power ?p)))

  (:action tune
    :parameters (?p - probe ?c - camera ?s - star)
    :precondition (and (carries ?p ?c) (tuned-by ?c ?s) (faces ?p ?s) (powered ?c))
    :effect (tuned ?c))

  (:action shoot
    :parameters (?p - probe ?s - star ?c - camera ?f - filter)
    :precondition (and (tuned ?c) (carries ?p ?c) (offers ?c ?f) (powered ?c) (faces ?p ?s))
    :effect (pictured ?s ?f)))
