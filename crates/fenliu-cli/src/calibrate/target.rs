//! Where the policy with its new thresholds goes: nowhere, into a new file, or into the file that it came from. A file is
//! there whole or as it was.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::args::Calibrate;
use crate::exit::Failure;

/// A place that may be written.
#[derive(Debug)]
pub(super) enum Target {
    Nowhere,
    /// No file stands there.
    New(PathBuf),
    /// The policy's own file, after every link.
    Same(PathBuf),
}

impl Target {
    /// Looks whether it may be written, and writes nothing.
    pub(super) fn of(options: &Calibrate) -> Result<Self, Failure> {
        match (&options.out, options.write) {
            (Some(out), _) => Self::new(out),
            (None, true) => match options.engine.policy_file() {
                Some(file) => Self::same(&file),
                None => Err(Failure::usage(
                    "--write: the policy comes from inside the program, which cannot be written; name a file with \
                     --policy, or a new one with --out",
                )),
            },
            (None, false) => Ok(Self::Nowhere),
        }
    }

    fn new(out: &Path) -> Result<Self, Failure> {
        let refused = |why: &str| Err(Failure::usage(format!("{}: {why}", out.display())));
        if out.symlink_metadata().is_ok() {
            return refused("is there already; name another file, or give --write to change the policy in its place");
        }
        if !folder(out).is_dir() {
            return refused(&format!("`{}` is no directory", folder(out).display()));
        }
        if out.file_name().is_none() {
            return refused("expected the name of a file");
        }
        Ok(Self::New(out.to_owned()))
    }

    fn same(file: &Path) -> Result<Self, Failure> {
        let named = |error: io::Error| Failure::usage(format!("{}: {error}", file.display()));
        // The file behind a link is changed, not the link.
        let real = file.canonicalize().map_err(named)?;
        if real.metadata().map_err(named)?.permissions().readonly() {
            return Err(Failure::usage(format!("{}: is read-only, so --write cannot change it", file.display())));
        }
        Ok(Self::Same(real))
    }

    /// Writes the policy, and says what was done. `read` is what the policy's file held when it was read: should it hold
    /// something else by now, somebody has changed it meanwhile, and it stays so.
    pub(super) fn write(&self, read: &str, changed: &str) -> Result<String, Failure> {
        match self {
            Self::Nowhere if read == changed => Ok("no threshold changes".to_owned()),
            Self::Nowhere => Ok("nothing written: --write changes the policy, --out FILE writes a new one".to_owned()),
            Self::New(path) => put(path, changed, Over::Nothing).map(|()| format!("written: {}", path.display())),
            Self::Same(path) if read == changed => Ok(format!("no threshold changes: {}", path.display())),
            Self::Same(path) => {
                let held = fs::read_to_string(path).map_err(|error| named(path, &error))?;
                if held != read {
                    return Err(Failure::usage(format!(
                        "{}: was changed by somebody else meanwhile, so it is left as it is",
                        path.display()
                    )));
                }
                put(path, changed, Over::TheOld).map(|()| format!("written: {}", path.display()))
            }
        }
    }
}

/// What may stand where a file is put.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Nothing,
    TheOld,
}

/// Writes a file beside the place and then moves it there in one step.
fn put(path: &Path, contents: &str, over: Over) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    let fresh = path.with_file_name(name);
    let written = || {
        let mut file = File::create_new(&fresh)?;
        file.write_all(contents.as_bytes())?;
        if over == Over::TheOld {
            file.set_permissions(fs::metadata(path)?.permissions())?;
        }
        file.sync_all()?;
        if over == Over::Nothing && path.symlink_metadata().is_ok() {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        fs::rename(&fresh, path)
    };
    written().map_err(|error| {
        // Should this fail too, there is nothing more to be done about it than to say why it all failed.
        let _ = fs::remove_file(&fresh);
        named(path, &error)
    })
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn named(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(done: Result<impl Sized, Failure>) -> String {
        match done {
            Err(Failure::Usage(why)) => why,
            Ok(_) | Err(Failure::BrokenPipe | Failure::Drawn(_)) => panic!("expected to be refused"),
        }
    }

    #[test]
    fn a_file_is_there_whole_or_as_it_was() {
        let root = std::env::temp_dir().join(format!("fenliu-target-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        let at = root.join("policy.toml");
        let held = || fs::read_to_string(&at).unwrap();

        let Ok(target) = Target::new(&at) else { panic!("nothing stands there") };
        assert!(target.write("old", "one").is_ok_and(|said| said.starts_with("written: ")));
        assert!(refused(Target::new(&at)).contains("is there already"));
        assert!(refused(target.write("old", "two")).contains("exists"), "a file that came meanwhile is not lost");
        assert!(refused(Target::new(&root.join("no/such.toml"))).contains("is no directory"));

        let Ok(target) = Target::same(&at) else { panic!("a file stands there") };
        assert!(refused(target.write("another", "two")).contains("changed by somebody else"));
        assert_eq!(held(), "one");
        assert!(target.write("one", "one").is_ok_and(|said| said.starts_with("no threshold changes")));
        assert!(target.write("one", "two").is_ok());
        assert_eq!(held(), "two");

        let mut permissions = fs::metadata(&at).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&at, permissions).unwrap();
        assert!(refused(Target::same(&at)).contains("is read-only"));
        assert!(refused(Target::same(&root.join("none.toml"))).contains("none.toml"));
        assert_eq!(fs::read_dir(&root).unwrap().count(), 1, "nothing is left behind");
        fs::remove_dir_all(root).unwrap();
    }
}
