(define (domain world)
  (:requirements :strips :typing :equality :negative-preconditions :disjunctive-preconditions :conditional-effects :action-costs)
  (:types
    t-instance - object
    t-instancestate - object
    t-instancetype - object)
  (:constants
    c5-large - t-instancetype
    m3-large - t-instancetype
    m3-medium - t-instancetype
    running - t-instancestate
    serveractive - object
    servershutoff - object
    stopped - t-instancestate)
  (:predicates
    (state ?thing - t-instance ?value - object)
    (type ?thing - t-instance ?value - t-instancetype))
  (:functions (total-cost) - number)

  (:action modifyinstancetype
    :parameters (?subject - t-instance ?type - t-instancetype)
    :precondition (and
      (or (state ?subject servershutoff) (state ?subject stopped)))
    :effect (and
      (when (and (type ?subject c5-large) (not (= c5-large ?type))) (not (type ?subject c5-large)))
      (when (and (type ?subject m3-large) (not (= m3-large ?type))) (not (type ?subject m3-large)))
      (when (and (type ?subject m3-medium) (not (= m3-medium ?type))) (not (type ?subject m3-medium)))
      (type ?subject ?type)
      (increase (total-cost) 0)))

  (:action stopinstance
    :parameters (?subject - t-instance)
    :precondition (and
      (or (state ?subject running) (state ?subject serveractive)))
    :effect (and
      (when (state ?subject running) (not (state ?subject running)))
      (state ?subject stopped)
      (increase (total-cost) 0)))
)
