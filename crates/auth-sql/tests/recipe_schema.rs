//! `docs/recipe.schema.json` is what the types say. `PORTICO_UPDATE=1` writes it.

use std::path::Path;

#[test]
fn the_schema_for_editors_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/recipe.schema.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&portico_auth_sql::recipe::schema()).unwrap());
    if std::env::var_os("PORTICO_UPDATE").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == text,
        "docs/recipe.schema.json is out of date: PORTICO_UPDATE=1 cargo test -p portico-auth-sql --test recipe_schema"
    );
}
