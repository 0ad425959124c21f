//! The interface for programs: OpenAPI 3.1, kept by hand in `docs/openapi.json`, held to the router by tests.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

const DOCUMENT: &str = include_str!("../../../../docs/openapi.json");

/// `GET /openapi.json`
pub(super) async fn document() -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=300"),
        ),
    ];
    (headers, DOCUMENT).into_response()
}

#[cfg(test)]
mod tests {
    use super::DOCUMENT;
    use crate::http::code::Code;
    use crate::http::routes::{ALIVE, ROUTES};
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};

    fn document() -> Value {
        serde_json::from_str(DOCUMENT).unwrap()
    }

    fn names(value: &Value) -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn the_document_has_every_route_with_its_methods_and_no_other() {
        let document = document();
        let mut routes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (path, methods) in ROUTES.iter().copied().chain([(ALIVE, &["get"][..])]) {
            let methods = methods.iter().map(|method| (*method).to_owned());
            routes.insert(path.to_owned(), methods.collect());
        }
        let paths = document["paths"].as_object().unwrap();
        let paths = paths.iter().map(|(path, item)| (path.clone(), names(item)));
        assert_eq!(paths.collect::<BTreeMap<_, _>>(), routes);
    }

    #[test]
    fn the_document_has_every_code_under_its_status_and_no_other() {
        let document = document();
        let mut codes: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
        for code in Code::ALL {
            let same = codes.entry(code.status().as_u16()).or_default();
            same.insert(code.as_str());
        }
        let mut listed: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            let Some(status) = name.strip_prefix("Problem") else {
                continue;
            };
            let properties = &schema["properties"];
            assert_eq!(properties["status"]["const"].to_string(), status);
            let words = properties["code"]["enum"].as_array().unwrap();
            let words = words.iter().map(|word| word.as_str().unwrap());
            listed.insert(status.parse().unwrap(), words.collect());
        }
        assert_eq!(listed, codes);
        // And each status is somewhere a response, but for the method that is in no operation.
        let used = document["paths"].to_string();
        for status in codes.keys().filter(|status| **status != 405) {
            let name = format!("#/components/responses/Problem{status}\"");
            assert!(used.contains(&name), "{status}");
        }
    }

    #[test]
    fn references_lead_somewhere_and_nothing_is_left_over() {
        let document = document();
        let text = document.to_string();
        for kind in ["schemas", "responses"] {
            for name in names(&document["components"][kind]) {
                let used = text.contains(&format!("\"#/components/{kind}/{name}\""));
                assert!(used || name == "Problem405", "{kind}/{name} is not used");
            }
        }
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let (pointer, _) = reference.split_once('"').unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
        let mut ids = BTreeSet::new();
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                assert!(ids.insert(operation["operationId"].as_str().unwrap()));
            }
        }
    }
}
