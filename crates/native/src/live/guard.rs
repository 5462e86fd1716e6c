//! Who may ask: a page that we served, opened with the token.
//!
//! Any page in the browser may send requests to this machine. So the host must be named by its address or as
//! `localhost` (a name that somebody else lets point here would be DNS rebinding), a page that asks must be one of
//! ours, and whoever starts programs must know the token.

use super::Live;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

/// 128 random bits as text.
pub(super) fn token() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Lets requests pass whose host and origin are ours.
pub(super) async fn place(request: Request, next: Next) -> Response {
    let mut response = match refusal(request.headers()) {
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        None => next.run(request).await,
    };
    // The token is in the page's address: nobody whom it links to is told, and no other page frames it.
    for (name, value) in [
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-cache"),
    ] {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Lets requests pass that carry the token.
pub(super) async fn knows(State(live): State<Arc<Live>>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let token = query.split('&').find_map(|pair| pair.strip_prefix("token="));
    if !token.is_some_and(|token| same(token, &live.token)) {
        let why = "the token is missing or wrong: open the address that `sockscope serve --live` printed";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    next.run(request).await
}

/// Whether they are the same; how long that takes does not tell how much of them is.
fn same(token: &str, ours: &str) -> bool {
    let differences = token.bytes().zip(ours.bytes()).fold(0, |sum, (one, other)| sum | (one ^ other));
    token.len() == ours.len() && differences == 0
}

fn refusal(headers: &HeaderMap) -> Option<&'static str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = text(HOST).filter(|host| is_ours(host)) else {
        return Some("ask by an IP address or as localhost: other names may be somebody else's");
    };
    let other = headers.contains_key(ORIGIN) && text(ORIGIN) != Some(&format!("http://{host}"));
    other.then_some("a page of another origin asks")
}

/// Whether a `Host` is an address, or `localhost`.
fn is_ours(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name == "localhost" || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_ours() {
        for host in ["127.0.0.1:8080", "127.0.0.1", "localhost:1", "[::1]:8080", "192.168.1.7:80"] {
            assert!(is_ours(host), "{host}");
        }
        for host in ["", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example:80", "[::1"] {
            assert!(!is_ours(host), "{host}");
        }
    }

    #[test]
    fn a_page_of_another_origin_is_refused() {
        let headers = |origin: &str| {
            let pairs = [(HOST, "127.0.0.1:8080".to_owned()), (ORIGIN, origin.to_owned())];
            pairs.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect()
        };
        assert_eq!(refusal(&headers("http://127.0.0.1:8080")), None);
        for origin in ["http://127.0.0.1:9090", "https://127.0.0.1:8080", "http://evil.example", "null"] {
            assert!(refusal(&headers(origin)).is_some(), "{origin}");
        }
    }
}
