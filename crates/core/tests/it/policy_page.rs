//! `docs/policy.md`, made from the decisions themselves.

use std::fmt::Write as _;
use std::path::Path;

use portico_core::contact::Relation;
use portico_core::policy::{Availability, Facts, Mode, OfflineChoice, Permissions, mode_allows};

const HEAD: &str = "\
# Who may do what with whom

Made from the code by `cargo xtask gen`. Every request is held against these tables, whatever a client shows.

A front's **mode** decides first. Where the fronts of two people have different modes, the viewer's front and at least
one front that the other has entered must both allow it: the stricter wins.

- **see**: they stand in the roster, and their id can be used. **find**: by login or name.
- **ask**: a contact may be asked for. **write**: a message in a direct conversation. **call**: into a conference.
- **presence**: how they are is shown. Otherwise they look offline.

";

const FOOT: &str = "\
¹ Unless the front's option `rank` puts them above the viewer. Whoever was asked by somebody higher finds them from then on.

² Only the refuser may ask again, which takes the refusal back.

Where `reachable` is off for one of two people, neither can ask the other for a contact, and nobody writes to whom it is
off for. In the group modes, news rooms are no groups, and whoever waits to be admitted is not in a group yet.
";

/// Which of the actions are allowed, as cells.
fn cells(may: &Permissions) -> String {
    let cell = |allowed: bool| if allowed { " yes |" } else { " – |" };
    let columns = [may.see, may.find, may.request, may.write.is_ok(), may.call, may.presence];
    columns.map(cell).concat()
}

fn reason(may: &Permissions) -> &'static str {
    match may.write {
        Ok(()) => "",
        Err(why) => why.as_str().unwrap_or("(not said)"),
    }
}

fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::None => "nothing",
        Relation::Requested => "I have asked",
        Relation::RequestedByThem => "they have asked",
        Relation::Accepted => "contacts",
        Relation::Refused => "I refuse them",
        Relation::RefusedByThem => "they refuse me",
    }
}

/// Each circumstance that a mode distinguishes, with what is the case in it.
fn circumstances(mode: Mode) -> Vec<(&'static str, Facts)> {
    let plain = Facts::of(Relation::None);
    let neighbour = Facts { shared_group: true, other_grouped: true, ..plain };
    match mode {
        Mode::Normal | Mode::OpenCommunity => vec![("", plain)],
        Mode::GroupCommunity => vec![("a group in common", neighbour), ("no group in common", plain)],
        Mode::OpenGroupCommunity => vec![
            ("they are in a group", Facts { other_grouped: true, ..plain }),
            ("they are in no group", plain),
            ("they are in no group, and have written", Facts { wrote_to_viewer: true, ..plain }),
        ],
    }
}

fn modes(page: &mut String) {
    for mode in Mode::ALL {
        _ = writeln!(page, "## `{}`\n", mode.as_str());
        _ = writeln!(page, "| between us | see | find | ask | write | call | presence | why not written |");
        _ = writeln!(page, "|---|---|---|---|---|---|---|---|");
        for (circumstance, facts) in circumstances(mode) {
            for one in Relation::ALL {
                let may = mode_allows(mode, &Facts { relation: one, ..facts });
                let between = match circumstance {
                    "" => relation(one).to_owned(),
                    some => format!("{some}; {}", relation(one)),
                };
                let mut cells = cells(&may);
                if mode == Mode::Normal && one == Relation::None {
                    cells = cells.replacen(" – | yes | yes |", " – | yes¹ | yes¹ |", 1);
                }
                if one == Relation::Refused {
                    cells = cells.replacen(" yes | yes | yes |", " yes | yes | yes² |", 1);
                }
                _ = writeln!(page, "| {between} |{cells} {} |", reason(&may));
            }
        }
        page.push('\n');
    }
}

fn hidings(page: &mut String) {
    page.push_str("## Hiding, favourites, and how they are\n\nBetween contacts at a `normal` front:\n\n");
    page.push_str("| what is the case | write | presence | why not written |\n|---|---|---|---|\n");
    let contact = Facts::of(Relation::Accepted);
    let busy = Facts { availability: Availability::DoNotDisturb, ..contact };
    let offline = Facts { availability: Availability::Offline, ..contact };
    let chosen = |offline_choice| Facts { offline_choice, ..offline };
    let favourite = |facts: Facts| Facts { favourite_of_other: true, ..facts };
    let table = [
        ("nothing special", contact),
        ("I hide from them", Facts { hidden_by_viewer: true, ..contact }),
        ("they hide from me", Facts { hidden_by_other: true, ..contact }),
        ("they are not to be disturbed", busy),
        ("they are not to be disturbed, and I am a favourite of theirs", favourite(busy)),
        ("they are invisible", Facts { availability: Availability::Invisible, ..contact }),
        ("they are offline", offline),
        ("they are offline, and take messages of favourites then", chosen(OfflineChoice::Favourites)),
        ("the same, and I am a favourite of theirs", favourite(chosen(OfflineChoice::Favourites))),
        ("they are offline, and take no messages then", chosen(OfflineChoice::None)),
        (
            "they are offline, and the option `offline_messages` is off",
            Facts { offline_messages: false, ..offline },
        ),
        ("the option `reachable` is off for them", Facts { other_reachable: false, ..contact }),
    ];
    for (what, facts) in table {
        let may = mode_allows(Mode::Normal, &facts);
        let yes = |allowed: bool| if allowed { "yes" } else { "–" };
        let presence = may.presence && facts.availability.is_shown();
        _ = writeln!(page, "| {what} | {} | {} | {} |", yes(may.write.is_ok()), yes(presence), reason(&may));
    }
    page.push_str(
        "\nAt fronts of the other modes the same holds, but whoever hides from somebody may write to them. Whoever is \
         hidden from is answered as if the other were offline.\n\n",
    );
}

#[test]
fn the_page_of_the_manual_is_what_is_decided() {
    let mut page = HEAD.to_owned();
    modes(&mut page);
    hidings(&mut page);
    page.push_str(FOOT);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/policy.md");
    if std::env::var_os("PORTICO_UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "docs/policy.md is stale: run cargo xtask gen");
}
