//! Specifications that cannot mean what they say, and some that look like it and can.

use samos_model::Kind;
use samos_planning::lint;
use samos_reference::Estate;
use samos_reference::estate::{many, one};

/// A lamp with three states, one of which nobody enters.
fn lamp() -> Estate {
    Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Lamp", &["x:Cloud", "samos:ServiceInstance"])
        .class("x:LampState", &["samos:State"])
        .class("x:Bulb", &["x:Cloud", "samos:Aspect"])
        .property("x:state", one().of("x:Lamp").to("x:LampState"))
        .property("x:bulb", one().of("x:Lamp").to("x:Bulb"))
        .property("x:watts", one().of("x:Lamp").to("xsd:integer"))
        .property("x:tags", many().of("x:Lamp").to("xsd:string"))
        .entity("x:on", &["x:LampState", "samos:Running"])
        .entity("x:off", &["x:LampState", "samos:Stopped"])
        .entity("x:broken", &["x:LampState", "samos:Failed"])
}

fn change(estate: Estate, name: &str, before: &str, after: &str) -> Estate {
    estate.operation(Kind::Manipulation, name, "x:Lamp", "", "", before, after)
}

/// On and off, and somebody who looks.
fn sound() -> Estate {
    let estate = change(
        lamp(),
        "x:Start",
        "subject.x:state is samos:Stopped",
        "subject.x:state = x:on",
    );
    let estate = change(
        estate,
        "x:Stop",
        "subject.x:state is samos:Running",
        "subject.x:state = x:off",
    );
    estate.operation(
        Kind::Information,
        "x:Look",
        "x:Lamp",
        "",
        "(state: x:LampState) reads subject.x:state",
        "",
        "",
    )
}

fn codes(estate: &Estate) -> Vec<String> {
    let found = lint::findings(estate);
    found
        .iter()
        .map(|finding| finding.code.to_string())
        .collect()
}

#[test]
fn what_is_sound_is_not_spoken_of() {
    assert_eq!(codes(&sound()), Vec::<String>::new());
    let many_values = change(
        sound(),
        "x:Tag",
        "subject.x:tags == \"a\" and subject.x:tags == \"b\" and (subject.x:state == x:on or subject.x:state == x:off) and subject.x:watts > 3 and subject.x:watts < 5 and subject.x:state != x:broken",
        "subject.x:tags += \"c\"",
    );
    assert_eq!(codes(&many_values), Vec::<String>::new());
}

#[test]
fn conditions_that_exclude_each_other_are_found() {
    for condition in [
        "subject.x:state == x:on and subject.x:state == x:off",
        "subject.x:state is samos:Running and subject.x:state is samos:Stopped",
        "subject.x:state in {x:on, x:off} and subject.x:state == x:broken",
        "subject.x:state in {x:on, x:off} and subject.x:state != x:on and not subject.x:state is samos:Stopped",
        "exists subject.x:bulb and not exists subject.x:bulb",
        "subject.x:watts > 5 and subject.x:watts <= 3",
        "subject.x:watts == 5 and 6 < subject.x:watts",
        "(subject.x:state == x:off or subject.x:state == x:broken) and subject.x:state == x:on",
    ] {
        let estate = change(sound(), "x:Never", condition, "subject.x:watts = 3");
        assert_eq!(codes(&estate), ["P0101"], "{condition}");
    }
    let one_side = change(
        sound(),
        "x:Dim",
        "(subject.x:state == x:off or subject.x:watts > 5) and subject.x:state == x:on",
        "subject.x:watts = 3",
    );
    assert_eq!(codes(&one_side), ["P0102"]);
    let twice = change(
        sound(),
        "x:Both",
        "",
        "subject.x:state = x:on and subject.x:state = x:off",
    );
    assert_eq!(codes(&twice), ["P0103"]);
}

#[test]
fn the_fewest_parts_that_exclude_each_other_are_named() {
    let estate = change(
        sound(),
        "x:Never",
        "subject.x:watts > 3 and subject.x:state is samos:Running and subject.x:state != x:broken and subject.x:state == x:off",
        "subject.x:watts = 3",
    );
    let found = lint::findings(&estate);
    let said: Vec<&str> = found.iter().map(|finding| &*finding.message).collect();
    let [only] = said.as_slice() else {
        panic!("{said:?}")
    };
    assert!(
        only.contains("subject.state is samos:Running` and `subject.state == x:off"),
        "{only}"
    );
    assert!(
        !only.contains("watts") && !only.contains("broken"),
        "{only}"
    );
}

#[test]
fn a_state_that_nothing_is_in_is_found() {
    for condition in [
        "subject.x:state is samos:Suspended",
        "subject.x:state == x:lamp",
        "subject.x:state in {x:lamp}",
    ] {
        let estate = sound().entity("x:lamp", &["x:Lamp"]);
        let estate = change(estate, "x:Never", condition, "subject.x:watts = 3");
        assert_eq!(codes(&estate), ["P0104"], "{condition}");
    }
}

#[test]
fn an_operation_that_nothing_makes_possible_is_found() {
    let estate = change(
        lamp(),
        "x:Start",
        "subject.x:state == x:off",
        "subject.x:state = x:on",
    );
    let estate = change(
        estate,
        "x:Stop",
        "subject.x:state == x:on",
        "subject.x:state = x:off",
    );
    let estate = change(
        estate,
        "x:Mend",
        "subject.x:state == x:broken",
        "subject.x:state = x:off",
    );
    // Where no lamp is known, one may be broken.
    assert_eq!(codes(&estate), Vec::<String>::new());
    let known = estate
        .entity("x:lamp", &["x:Lamp"])
        .fact("x:lamp", "x:state", "x:off");
    assert_eq!(codes(&known), ["P0105"]);
    // Somebody who looks may find one broken.
    let seen = known.operation(
        Kind::Information,
        "x:Look",
        "x:Lamp",
        "",
        "(state: x:LampState) reads subject.x:state",
        "",
        "",
    );
    assert_eq!(codes(&seen), Vec::<String>::new());
    // Nobody has a bulb to give.
    let bulb = sound().entity("x:lamp", &["x:Lamp"]).operation(
        Kind::Manipulation,
        "x:Screw",
        "x:Lamp",
        "[(bulb: x:Bulb)]",
        "",
        "",
        "subject.x:bulb = bulb",
    );
    assert_eq!(codes(&bulb), ["P0105"]);
    assert_eq!(
        codes(&bulb.entity("x:bulb", &["x:Bulb"])),
        Vec::<String>::new()
    );
}

#[test]
fn a_state_that_is_never_left_is_found() {
    let estate = change(sound(), "x:Smash", "", "subject.x:state = x:broken");
    assert_eq!(codes(&estate), ["P0106"]);
    // It passes, or ends, or something leads out of it.
    let passing = change(sound(), "x:Smash", "", "subject.x:state = x:broken").fact(
        "x:broken",
        "samos:becomes",
        "x:off",
    );
    assert_eq!(codes(&passing), Vec::<String>::new());
    let ended = change(sound(), "x:Smash", "", "subject.x:state = x:broken")
        .entity("x:broken", &["samos:Ended"]);
    assert_eq!(codes(&ended), Vec::<String>::new());
    let mended = change(
        estate,
        "x:Mend",
        "subject.x:state is samos:Failed",
        "subject.x:state = x:off",
    );
    assert_eq!(codes(&mended), Vec::<String>::new());
    // What starts only what is off leads out of nothing else.
    let stuck = change(
        lamp(),
        "x:Start",
        "subject.x:state == x:off",
        "subject.x:state = x:on",
    );
    assert_eq!(codes(&stuck), ["P0106"]);
}
