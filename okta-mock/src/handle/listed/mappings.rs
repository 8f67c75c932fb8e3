//! `/mappings`: from Okta's users to each app's. Source: API reference, "Profile Mappings".

use serde_json::{Value, json};

use super::{Listed, Row, by_id, one};
use crate::handle::params::Params;
use crate::handle::{Cx, Outcome, unbuilt};
use crate::org::apps::App;
use crate::org::users::{OSC, OTY};

pub(super) fn read(cx: &Cx<'_>, params: &Params, path: &[&str]) -> Outcome {
    match path {
        [] => {
            let mut rows = rows(cx);
            let fits = |row: &Value, end: &str, name: &str| {
                params.get(name).is_none_or(|wanted| row[end]["id"] == wanted)
            };
            rows.retain(|(_, row)| fits(row, "source", "sourceId") && fits(row, "target", "targetId"));
            let names = ["sourceId", "targetId"];
            let carried = names.into_iter().filter_map(|name| Some((name, params.get(name)?.to_owned())));
            let (path, carried) = ("mappings".to_owned(), carried.collect());
            Listed { path, limit: 20, most: 200, bad_cursor: "E0000029", carried }.page(cx, params, rows)
        }
        [id] => {
            let mut rows = rows(cx);
            for (_, row) in &mut rows {
                let to = |attribute: &str| json!({ "expression": format!("user.{attribute}"), "pushStatus": "PUSH" });
                row["properties"] = json!({ "firstName": to("firstName"), "lastName": to("lastName") });
            }
            one(rows, id, "ProfileMapping")
        }
        _ => unbuilt(),
    }
}

fn rows(cx: &Cx<'_>) -> Vec<Row> {
    by_id(cx.org.apps.values().map(|app| row(cx, app)))
}

/// A mapping is named after its app.
fn row(cx: &Cx<'_>, app: &App) -> Value {
    let (base, id) = (&cx.org.base, format!("prm{}", &app.id[3..]));
    let end = |id: &str, name: &str, kind: &str, own: String, schema: String| {
        let links = json!({ "self": { "href": own }, "schema": { "href": schema } });
        json!({ "id": id, "name": name, "type": kind, "_links": links })
    };
    let (types, schemas) = (format!("{base}/api/v1/meta/types/user"), format!("{base}/api/v1/meta/schemas"));
    json!({
        "id": id,
        "source": end(OTY, "user", "user", format!("{types}/{OTY}"), format!("{schemas}/user/{OSC}")),
        "target": end(
            &app.id, &app.name, "appuser", format!("{base}/api/v1/apps/{}", app.id),
            format!("{schemas}/apps/{}/default", app.id),
        ),
        "_links": { "self": { "href": format!("{base}/api/v1/mappings/{id}") } },
    })
}
