(define (problem goal)
  (:domain world)
  (:objects
    pending - t-instancestate
    web-2 - t-instance)
  (:init
      (state web-2 running)
      (type web-2 m3-medium)
      (= (total-cost) 0))
  (:goal (and
      (type web-2 m3-large)))
  (:metric minimize (total-cost)))
