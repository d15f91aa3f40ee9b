(define (problem goal)
  (:domain world)
  (:objects
    address-of-db-1 - t-publicipaddress
    lb-1 - t-loadbalancer
    new-node-1 - t-new-node
    pending - t-instancestate
    v-1 - t-port
    v-80 - t-port
    v-enabled - t-nodecondition
    web-1 - t-instance)
  (:init
      (is-renewed-publicaddress renewed-publicaddress-1)
      (loadbalancerstate lb-1 active)
      (state web-1 stopped)
      (= (total-cost) 0))
  (:goal (and))
  (:metric minimize (total-cost)))
