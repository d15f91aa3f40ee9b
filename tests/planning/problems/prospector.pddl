(define (problem two-wagons)
  (:domain prospector)
  (:objects
    Cart Lorry - wagon
    auger bit - drill
    ridge gully quarry - site
    tin salt - ore)
  (:init
    (stands cart home) (stands lorry home)
    (passes cart home ridge) (passes cart ridge home) (passes cart ridge gully) (passes cart gully ridge)
    (passes lorry home quarry) (passes lorry quarry home) (passes lorry home ridge)
    (mounted auger cart) (mounted bit lorry)
    (bores auger tin) (bores bit salt) (bores bit tin)
    (vein tin gully) (vein salt quarry) (vein tin quarry))
  (:goal (and (brought tin gully) (brought salt quarry) (not (laden lorry salt quarry)) (stands cart ridge))))
