//! The OWL/RDF store of samos: loads, validates, entails, answers SPARQL, interprets specifications.
