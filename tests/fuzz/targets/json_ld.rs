#![no_main]
samos_fuzz::target!("json_ld");
