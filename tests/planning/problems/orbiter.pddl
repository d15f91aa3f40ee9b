; orbiter, size 3, seed 7
(define (problem orbiter-3-7)
  (:domain orbiter)
  (:objects
    probe1 - probe
    camera1 camera2 - camera
    star1 star2 star3 star4 star5 star6 - star
    filter1 filter2 - filter
  )
  (:init
    (carries probe1 camera1)
    (carries probe1 camera2)
    (faces probe1 star5)
    (has-power probe1)
    (offers camera1 filter1)
    (offers camera2 filter1)
    (offers camera2 filter2)
    (tuned-by camera1 star2)
    (tuned-by camera2 star3)
  )
  (:goal (and
    (pictured star4 filter2)
    (pictured star5 filter1)
    (pictured star6 filter1)
  ))
)
