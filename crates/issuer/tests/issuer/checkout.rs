//! The checkout page.

use crate::fixture::{Reader, Reply, Server};

fn order(server: &Server) -> String {
    let mut reader = Reader::named(server, "reader");
    let load = reader.order(500_000);
    server.post("/v1/orders", &load.request.to_json()).ok(201);
    load.order.to_b64u()
}

fn page(reply: &Reply) {
    let policy = reply.header("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    // Nothing from elsewhere, nothing inline.
    for foreign in [
        "src=\"http",
        "href=\"http",
        "style=\"",
        "<style",
        "onclick",
        "javascript:",
    ] {
        assert!(!reply.body.contains(foreign), "{foreign}");
    }
    assert_eq!(reply.body.matches("<script").count(), 1);
    assert!(reply.header("access-control-allow-origin").is_none());
}

#[test]
fn it_says_what_is_paid_before_anybody_pays() {
    let server = Server::start();
    let id = order(&server);
    let reply = server.get(&format!("/checkout/{id}")).ok(200);
    page(&reply);
    for said in [
        "You get, in coins",
        "value=\"0.50\" data-currency=\"EUR\">0.50 EUR<",
        "value=\"0.00\"",
        "This is a supervised trial: no real money moves.",
        "Coins pay for a long time.",
        "Nothing is paid back.",
        "/terms/2026-11-22",
        "name=\"decision\" value=\"approve\"",
        "name=\"decision\" value=\"decline\"",
        "name=\"decision\" value=\"later\"",
    ] {
        assert!(reply.body.contains(said), "{said} is not in {}", reply.body);
    }
    let script = server.get("/assets/checkout.js").ok(200);
    assert!(
        script
            .header("content-type")
            .unwrap()
            .starts_with("text/javascript")
    );
    assert!(
        server
            .get("/assets/issuer.css")
            .ok(200)
            .header("content-type")
            .unwrap()
            .starts_with("text/css")
    );
    assert_eq!(server.get("/assets/none").status, 404);
}

#[test]
fn yes_no_and_not_now() {
    let server = Server::start();
    let state = |id: &str| server.get(&format!("/v1/orders/{id}")).member("state");
    let id = order(&server);
    let reply = server.press(&id, "later").ok(303);
    assert_eq!(
        reply.header("location"),
        Some(format!("/checkout/{id}/later").as_str())
    );
    let reply = server.get(&format!("/checkout/{id}/later")).ok(200);
    page(&reply);
    assert!(reply.body.contains("Nothing was charged"));
    assert_eq!(state(&id), "quoted");

    let reply = server.press(&id, "approve").ok(303);
    assert_eq!(
        reply.header("location"),
        Some(format!("/checkout/{id}").as_str())
    );
    let reply = server.get(&format!("/checkout/{id}")).ok(200);
    page(&reply);
    assert!(
        reply.body.contains("Back to your article")
            && reply.body.contains("You may close this page")
    );
    assert!(!reply.body.contains("<form"));
    assert_eq!(state(&id), "settled");
    // A second press, and a no after the yes, change nothing.
    let after = server.audit();
    server.press(&id, "approve").ok(303);
    server.press(&id, "decline").ok(303);
    assert_eq!(state(&id), "settled");
    assert_eq!(server.audit(), after);
}

#[test]
fn no_and_too_late() {
    let server = Server::start();
    let state = |id: &str| server.get(&format!("/v1/orders/{id}")).member("state");
    let id = order(&server);
    server.press(&id, "decline").ok(303);
    assert!(
        server
            .get(&format!("/checkout/{id}"))
            .body
            .contains("Nothing was charged")
    );
    server.press(&id, "approve").ok(303);
    assert_eq!(state(&id), "declined");

    let server = Server::start();
    let id = order(&server);
    server.pass(1_800);
    server.press(&id, "approve").ok(303);
    let reply = server.get(&format!("/checkout/{id}")).ok(200);
    assert!(reply.body.contains("run out") && reply.body.contains("Nothing was charged"));
    assert_eq!(
        server.get(&format!("/v1/orders/{id}")).member("state"),
        "expired"
    );
    server.audit();
}

#[test]
fn another_sites_form_decides_nothing() {
    let server = Server::start();
    let id = order(&server);
    let path = format!("/checkout/{id}");
    let form = ("content-type", "application/x-www-form-urlencoded");
    for site in ["cross-site", "same-site", "none"] {
        let reply = server.post_with(&path, "decision=approve", &[form, ("sec-fetch-site", site)]);
        assert_eq!(reply.status, 403);
        page(&reply);
    }
    for body in [
        "",
        "decision=",
        "decision=approve&decision=decline",
        "approve",
    ] {
        assert_eq!(server.post_with(&path, body, &[form]).status, 403);
    }
    assert_eq!(
        server
            .post_with(&path, "decision=approve", &[("content-type", "text/plain")])
            .status,
        415
    );
    assert_eq!(
        server.post_with(&path, &"x".repeat(70_000), &[form]).status,
        413
    );
    assert_eq!(
        server.get(&format!("/v1/orders/{id}")).member("state"),
        "quoted"
    );
    for nowhere in [
        "/checkout/AAAAAAAAAAAAAAAAAAAAAA",
        "/checkout/x",
        "/checkout/%3Cscript%3E",
    ] {
        let reply = server.get(nowhere);
        assert_eq!(reply.status, 404);
        assert!(reply.body.contains("There is no such order"));
        page(&reply);
    }
}
