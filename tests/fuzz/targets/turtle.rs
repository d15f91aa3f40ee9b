#![no_main]
samos_fuzz::target!("turtle");
