//! Builds again when a migration is added: `migrate!` reads the folder when the crate is compiled.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
