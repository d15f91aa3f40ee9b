; canteen, size 3, seed 7
(define (problem canteen-3-7)
  (:domain canteen)
  (:objects
    pupil1 pupil2 pupil3 - pupil
    bread1 bread2 bread3 - bread
    filling1 filling2 filling3 - filling
    tray1 - tray
    snack1 snack2 snack3 snack4 - snack
    table1 table2 table3 - table
  )
  (:init
    (unmade snack1)
    (unmade snack2)
    (unmade snack3)
    (unmade snack4)
    (tray-at tray1 kitchen)
    (bread-here bread1)
    (bread-here bread2)
    (bread-here bread3)
    (filling-here filling1)
    (filling-here filling2)
    (filling-here filling3)
    (plain-bread bread2)
    (plain-filling filling2)
    (sits pupil1 table1)
    (sits pupil2 table3)
    (sits pupil3 table1)
    (allergic pupil3)
  )
  (:goal (and
    (fed pupil1)
    (fed pupil2)
    (fed pupil3)
  ))
)
