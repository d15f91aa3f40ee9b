//! Where an account's services are, as its identity service lists them.

/// One address of one service.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    kind: String,
    name: String,
    region: Option<String>,
    address: String,
}

/// The public addresses of an account's services.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Catalogue {
    places: Vec<Place>,
}

impl Catalogue {
    pub(super) fn add(&mut self, kind: &str, name: &str, region: Option<&str>, address: &str) {
        self.places.push(Place {
            kind: kind.to_owned(),
            name: name.to_owned(),
            region: region.map(str::to_owned),
            address: address.to_owned(),
        });
    }

    /// The address of a service, by its name or else its kind: in the region asked for, or the one that is in none; in any
    /// where none is asked for.
    #[must_use = "reading has no other effect"]
    pub fn address(&self, service: &str, region: Option<&str>) -> Option<String> {
        let fits = |place: &&Place| match (region, &place.region) {
            (Some(asked), Some(place)) => asked.eq_ignore_ascii_case(place),
            _ => true,
        };
        let by_name = self.places.iter().filter(|place| place.name == service);
        let by_kind = self.places.iter().filter(|place| place.kind == service);
        let mut candidates: Vec<&Place> = by_name.chain(by_kind).filter(fits).collect();
        candidates.sort_by_key(|place| place.region.is_none());
        candidates.first().map(|place| place.address.clone())
    }

    /// The services by name, each once.
    #[must_use = "reading has no other effect"]
    pub fn services(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .places
            .iter()
            .map(|place| place.name.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
