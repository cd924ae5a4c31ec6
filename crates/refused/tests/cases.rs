//! Gives the cases to the compiler, all of them twice: with the refused half and with the other.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use gil_refused::{announced, said};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

macro_rules! cases {
    ($($name:ident)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*
    };
}

cases! {
    bound_in_another_thread
    bound_inside_detach
    bound_kept_after
    bound_kept_in_a_static
    extract_inside_detach
    token_in_another_thread
    token_inside_detach
    token_kept_after
}

#[test]
fn every_case_is_checked() {
    let mut found: Vec<String> = fs::read_dir(Path::new(HERE).join("cases"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    found.sort_unstable();
    assert_eq!(found, NAMES);
}

fn check(name: &str) {
    let file = format!("{name}.rs");
    let source = fs::read_to_string(Path::new(HERE).join("cases").join(&file)).unwrap();
    let (accepted, refused) = compiled();
    assert_eq!(said(&file, accepted), [], "of what it should accept");

    let announced = announced(&source);
    assert!(!announced.is_empty(), "{file} announces nothing");
    let mut said = said(&file, refused);
    for (said, announced) in said.iter_mut().zip(&announced) {
        if said.message.contains(&announced.message) {
            said.message.clone_from(&announced.message);
        }
    }
    assert_eq!(said, announced, "what it said, and what was announced");
}

/// What the compiler said of the accepted halves and of the refused ones.
fn compiled() -> &'static (String, String) {
    static SAID: OnceLock<(String, String)> = OnceLock::new();
    SAID.get_or_init(|| {
        let package = package();
        let (accepted, accepts) = cargo_check(&package, &[]);
        assert!(accepts, "{accepted}");
        let (refused, accepts) = cargo_check(&package, &["--features=refused"]);
        assert!(!accepts, "{refused}");
        (accepted, refused)
    })
}

fn cargo_check(package: &Path, arguments: &[&str]) -> (String, bool) {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--lib", "--examples", "--keep-going", "--quiet"])
        .args(["--message-format=short", "--color=never"])
        .args(arguments)
        .current_dir(package)
        .env("CARGO_TARGET_DIR", package.join("target"))
        // Nothing is linked or run, so no interpreter is needed, nor its library.
        .env("PYO3_NO_PYTHON", "1")
        .env("PYO3_BUILD_EXTENSION_MODULE", "1")
        .env_remove("PYO3_PYTHON")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (said, output.status.success())
}

/// A package with an example a case. It is no part of the workspace: half of it does not compile.
/// The versions are those that the workspace has locked.
fn package() -> PathBuf {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases");
    fs::create_dir_all(&package).unwrap();
    let mut manifest = "[package]\nname = \"cases\"\nedition = \"2024\"\n[workspace]\n\
        [lib]\npath = \"lib.rs\"\n[features]\nrefused = []\n\
        [dependencies.pyo3]\nversion = \"0.30\"\ndefault-features = false\n\
        features = [\"abi3-py311\"]\n"
        .to_owned();
    for name in NAMES {
        let path = Path::new(HERE).join("cases").join(name);
        manifest += &format!(
            "[[example]]\nname = \"{name}\"\npath = {:?}\ncrate-type = [\"lib\"]\n",
            path.with_extension("rs")
        );
    }
    let lock = Path::new(HERE).join("../../Cargo.lock");
    fs::copy(lock, package.join("Cargo.lock")).unwrap();
    fs::write(package.join("lib.rs"), "").unwrap();
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    package
}
