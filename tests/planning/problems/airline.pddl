; airline, size 3, seed 7
(define (problem airline-3-7)
  (:domain airline)
  (:objects
    city1 city2 city3 city4 city5 city6 - city
    plane1 plane2 - plane
    traveller1 traveller2 traveller3 traveller4 traveller5 traveller6 - traveller
    level1 level2 level3 level4 level5 level6 level7 - level
  )
  (:init
    (succ level1 level2)
    (succ level2 level3)
    (succ level3 level4)
    (succ level4 level5)
    (succ level5 level6)
    (succ level6 level7)
    (at plane1 city6)
    (at plane2 city3)
    (at traveller1 city2)
    (at traveller2 city4)
    (at traveller3 city1)
    (at traveller4 city6)
    (at traveller5 city6)
    (at traveller6 city4)
    (fuel plane1 level6)
    (fuel plane2 level6)
  )
  (:goal (and
    (at traveller1 city4)
    (at traveller2 city3)
    (at traveller3 city6)
    (at traveller4 city3)
    (at traveller5 city4)
    (at traveller6 city6)
    (at plane1 city4)
  ))
)
