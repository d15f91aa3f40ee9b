(define (domain world)
  (:requirements :strips :typing :equality :negative-preconditions :disjunctive-preconditions :existential-preconditions :conditional-effects :action-costs)
  (:types
    t-instance - object
    t-instancestate - object
    t-loadbalancer - object
    t-loadbalancerstate - object
    t-node - object
    t-nodecondition - object
    t-port - object
    t-publicipaddress - object
    t-active - t-loadbalancerstate
    t-new-node - t-node
    t-renewed-publicaddress - t-publicipaddress)
  (:constants
    active - t-active
    renewed-publicaddress-1 - t-renewed-publicaddress
    running - t-instancestate
    servershutoff - object
    stopped - t-instancestate)
  (:predicates
    (publicaddress ?thing - t-instance ?value - object)
    (state ?thing - t-instance ?value - object)
    (address ?thing - t-node ?value - t-publicipaddress)
    (loadbalancerstate ?thing - t-loadbalancer ?value - t-active)
    (nodes ?thing - t-loadbalancer ?value - t-node)
    (is-renewed-publicaddress ?thing - object)
    (made ?thing - t-new-node)
    (known ?thing - t-publicipaddress)
    (drawn ?thing - object))
  (:functions (total-cost) - number)

  (:action getpublicaddress
    :parameters (?subject - t-instance)
    :precondition (and)
    :effect (and
      (when (publicaddress ?subject renewed-publicaddress-1) (known renewed-publicaddress-1))
      (increase (total-cost) 0)))

  (:action startinstance
    :parameters (?subject - t-instance ?renewed)
    :precondition (and
      (or (state ?subject servershutoff) (state ?subject stopped))
      (is-renewed-publicaddress ?renewed)
      (not (drawn ?renewed)))
    :effect (and
      (when (and (publicaddress ?subject renewed-publicaddress-1) (not (= renewed-publicaddress-1 ?renewed))) (not (publicaddress ?subject renewed-publicaddress-1)))
      (when (state ?subject stopped) (not (state ?subject stopped)))
      (drawn ?renewed)
      (state ?subject running)
      (publicaddress ?subject ?renewed)
      (increase (total-cost) 1)))

  (:action addnode-condition-port-weight
    :parameters (?subject - t-loadbalancer ?address - t-publicipaddress ?port - t-port ?condition - t-nodecondition ?weight - t-port ?node - t-new-node)
    :precondition (and
      (known ?address)
      (not (made ?node))
      (loadbalancerstate ?subject active)
      (not (exists (?via - t-node) (and (nodes ?subject ?via) (address ?via ?address)))))
    :effect (and
      (when (and (address ?node renewed-publicaddress-1) (not (= renewed-publicaddress-1 ?address))) (not (address ?node renewed-publicaddress-1)))
      (made ?node)
      (address ?node ?address)
      (nodes ?subject ?node)
      (increase (total-cost) 0)))
)
