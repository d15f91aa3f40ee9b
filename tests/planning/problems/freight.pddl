; freight, size 3, seed 7
(define (problem freight-3-7)
  (:domain freight)
  (:objects
    town1 town2 - town
    parcel1 parcel2 parcel3 parcel4 parcel5 parcel6 - parcel
    plane1 - plane
    town1-field town2-field - airfield
    town1-north town1-south town2-north town2-south - depot
    lorry-town1 lorry-town2 - lorry
  )
  (:init
    (within town1-north town1)
    (within town1-south town1)
    (within town1-field town1)
    (within town2-north town2)
    (within town2-south town2)
    (within town2-field town2)
    (stands lorry-town1 town1-north)
    (stands lorry-town2 town2-south)
    (stands plane1 town2-field)
    (lies parcel1 town1-north)
    (lies parcel2 town1-north)
    (lies parcel3 town1-south)
    (lies parcel4 town1-field)
    (lies parcel5 town1-north)
    (lies parcel6 town2-north)
  )
  (:goal (and
    (lies parcel1 town1-north)
    (lies parcel2 town2-field)
    (lies parcel3 town1-south)
    (lies parcel4 town1-field)
    (lies parcel5 town1-north)
    (lies parcel6 town2-south)
  ))
)
