#![no_main]
samos_fuzz::target!("rdf_xml");
