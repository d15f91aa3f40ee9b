//! The estate's answers as a world.

use std::collections::BTreeSet;

use samos_model::plan::MadeFrom;
use samos_model::vocabulary::xsd;
use samos_model::{
    Decimal, FormatProblem, Iri, Literal, Observation, Operation, Property, Value, Values, World,
};

use super::{Estate, Facet, short};

impl World for Estate {
    fn operations(&self) -> &[Operation] {
        &self.entailed().operations
    }

    fn is_subtype(&self, sub: &Iri, sup: &Iri) -> bool {
        sub == sup
            || self
                .entailed()
                .above(sub)
                .is_some_and(|above| above.contains(sup))
    }

    fn is_class(&self, iri: &Iri) -> bool {
        self.classes.contains_key(iri)
    }

    fn types_above(&self, of_type: &Iri) -> Vec<Iri> {
        let mut above = self.entailed().above(of_type).cloned().unwrap_or_default();
        above.insert(of_type.clone());
        above.into_iter().collect()
    }

    fn is_entity(&self, iri: &Iri) -> bool {
        self.entailed().canonical.contains_key(iri)
    }

    fn canonical(&self, entity: &Iri) -> Iri {
        let canonical = self.entailed().canonical.get(entity);
        canonical.unwrap_or(entity).clone()
    }

    fn entities_of(&self, class: &Iri) -> Vec<Iri> {
        let entailed = self.entailed();
        let members = entailed.types.iter();
        members
            .filter(|(_, types)| types.contains(class))
            .map(|(entity, _)| entity.clone())
            .collect()
    }

    fn has_type(&self, entity: &Iri, class: &Iri) -> bool {
        let types = self.entailed().types.get(&self.canonical(entity));
        types.is_some_and(|types| types.contains(class))
    }

    fn types_of(&self, entity: &Iri) -> Vec<Iri> {
        let meant = self.canonical(entity);
        let mut types = BTreeSet::new();
        for (entity, asserted) in &self.entities {
            if self.canonical(entity) == meant {
                types.extend(asserted.iter().cloned());
            }
        }
        types.into_iter().collect()
    }

    fn values(&self, entity: &Iri, property: &Iri) -> Values {
        let cell = (self.canonical(entity), property.clone());
        if let Some(values) = self.entailed().values.get(&cell) {
            return values.clone();
        }
        let closed = self
            .property(property)
            .is_some_and(|property| property.closed);
        Values {
            complete: closed,
            ..Values::unknown()
        }
    }

    fn holders(&self, property: &Iri, value: &Value) -> Vec<Iri> {
        let value = match value {
            Value::Entity(entity) => Value::Entity(self.canonical(entity)),
            Value::Literal(_) => value.clone(),
        };
        let cells = self.entailed().values.iter();
        cells
            .filter(|((_, of), values)| of == property && values.members.contains(&value))
            .map(|((entity, _), _)| entity.clone())
            .collect()
    }

    fn property(&self, property: &Iri) -> Option<&Property> {
        self.entailed().properties.get(property)
    }

    fn key_of(&self, class: &Iri) -> Option<Iri> {
        if let Some(key) = self.keys.get(class) {
            return Some(key.clone());
        }
        let equivalent =
            |other: &&Iri| self.is_subtype(class, other) && self.is_subtype(other, class);
        let declared = self.keys.keys().find(equivalent)?;
        self.keys.get(declared).cloned()
    }

    fn entity_by_key(&self, class: &Iri, key: &Literal, account: Option<&Iri>) -> Option<Iri> {
        let property = self.key_of(class)?;
        let everywhere = self
            .shared
            .iter()
            .any(|shared| self.is_subtype(class, shared));
        self.entities_of(class).into_iter().find(|entity| {
            let keys = self.values(entity, &property).members;
            let own = account.is_none() || self.account_of(entity).as_ref() == account;
            (everywhere || own)
                && keys
                    .iter()
                    .filter_map(Value::as_literal)
                    .any(|own| own.lexical == key.lexical)
        })
    }

    fn check_literal(&self, literal: &Literal, datatype: &Iri) -> Result<(), FormatProblem> {
        let refuse = |expected: String| {
            Err(FormatProblem {
                message: format!("{literal} is not allowed"),
                expected,
            })
        };
        let text = &*literal.lexical;
        if let Some((base, facet)) = self.datatypes.get(datatype) {
            self.check_literal(literal, base)?;
            return match facet {
                Facet::Any => Ok(()),
                Facet::OneOf(allowed) if allowed.iter().any(|own| own == text) => Ok(()),
                Facet::OneOf(allowed) => refuse(format!("one of {}", allowed.join(", "))),
                Facet::Between(least, most) => match text.parse::<Decimal>() {
                    Ok(number)
                        if (Decimal::from(*least)..=Decimal::from(*most)).contains(&number) =>
                    {
                        Ok(())
                    }
                    _ => refuse(format!("a number from {least} to {most}")),
                },
            };
        }
        match datatype.as_str() {
            xsd::BOOLEAN if !matches!(text, "true" | "false" | "1" | "0") => {
                refuse("true or false".to_owned())
            }
            xsd::INTEGER if text.parse::<i128>().is_err() => refuse("a whole number".to_owned()),
            xsd::DECIMAL if text.parse::<Decimal>().is_err() => refuse("a number".to_owned()),
            _ => Ok(()),
        }
    }

    fn observation(&self, entity: &Iri, property: &Iri) -> Option<Observation> {
        let cell = (entity.clone(), property.clone());
        self.observations.get(&cell).cloned()
    }

    fn made_from(&self) -> MadeFrom {
        MadeFrom {
            ontology: samos_model::digest::sha256(self.to_turtle().as_bytes()),
            mapping: None,
            facts_at: self.observations.values().map(|seen| seen.at.clone()).max(),
        }
    }

    fn compact(&self, iri: &Iri) -> String {
        short(iri)
    }
}
