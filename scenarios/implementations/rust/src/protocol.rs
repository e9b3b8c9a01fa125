//! The protocol of assay, its clock, discovery, and a source of keys. To test
//! your own verifier, keep this file and replace main.rs.

use serde_json::{json, Value};
use std::cell::Cell;
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Why a token or a configuration is refused.
pub struct Refusal {
    pub reason: &'static str,
    pub message: String,
}

pub fn refuse<T>(reason: &'static str, message: impl ToString) -> Result<T, Refusal> {
    Err(Refusal { reason, message: message.to_string() })
}

thread_local! {
    /// The time of the session that this thread serves, which stands still. NaN
    /// means that of the system.
    static NOW: Cell<f64> = const { Cell::new(f64::NAN) };
}

/// Takes the place of the function of the C library, through which SystemTime
/// reads the clock.
///
/// # Safety
/// As for clock_gettime(2).
#[no_mangle]
pub unsafe extern "C" fn clock_gettime(clock: libc::clockid_t, time: *mut libc::timespec) -> libc::c_int {
    let now = NOW.with(Cell::get);
    if clock != libc::CLOCK_REALTIME || now.is_nan() {
        return libc::syscall(libc::SYS_clock_gettime, clock, time) as libc::c_int;
    }
    (*time).tv_sec = now.floor() as libc::time_t;
    (*time).tv_nsec = (now.fract() * 1e9) as libc::c_long;
    0
}

fn seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
}

/// The setup of a session, and the JWK Set of its issuer. The set is fetched when
/// a token needs it, after ten minutes, and at most every fifteen seconds for a
/// kid that it lacks.
pub struct Session {
    pub setup: Value,
    held: Mutex<Option<Held>>,
    fetching: Mutex<Option<String>>, // the jwks_uri, once it is known
}

#[derive(Clone)]
struct Held {
    keys: Arc<Vec<Value>>,
    fetched: f64,
    renewed: f64,
}

impl Session {
    fn new(setup: Value) -> Result<Session, Refusal> {
        let held = match setup["jwk_set"].as_str() {
            Some(text) => {
                let set = serde_json::from_str(text).or_else(|e| refuse("JWKS_INVALID", e))?;
                Some(Held { keys: Arc::new(keys_of(set)?), fetched: f64::INFINITY, renewed: f64::INFINITY })
            }
            None => None,
        };
        Ok(Session { setup, held: Mutex::new(held), fetching: Mutex::new(None) })
    }

    /// Returns the strings of a field of the setup.
    pub fn strings(&self, field: &str) -> Vec<String> {
        let list = self.setup[field].as_array().cloned().unwrap_or_default();
        list.iter().filter_map(|s| s.as_str().map(String::from)).collect()
    }

    pub fn strict(&self) -> bool {
        self.setup["policy"] == "strict"
    }

    /// Returns the first JWK with the kid. A token without kid gets the only key
    /// of the set. OIDC Core 10.1.
    pub fn key(&self, kid: Option<&str>) -> Result<Value, Refusal> {
        let mut held = self.held.lock().unwrap().clone();
        if stale(&held, kid) {
            let mut uri = self.fetching.lock().unwrap();
            held = self.held.lock().unwrap().clone();
            if stale(&held, kid) { // no other thread has fetched it meanwhile
                held = self.renew(&mut uri, held)?;
                *self.held.lock().unwrap() = held.clone();
            }
        }
        let keys = held.unwrap().keys;
        let found = match kid {
            Some(kid) => keys.iter().find(|key| key["kid"] == kid),
            None => keys.first().filter(|_| keys.len() == 1),
        };
        found.cloned().map_or_else(|| refuse("KEY_NOT_FOUND", "no key has the kid"), Ok)
    }

    fn renew(&self, uri: &mut Option<String>, old: Option<Held>) -> Result<Option<Held>, Refusal> {
        let renewed = if old.is_some() { seconds() } else { 0.0 };
        match (self.download(uri), old) {
            (Ok(keys), _) => Ok(Some(Held { keys: Arc::new(keys), fetched: seconds(), renewed })),
            // Younger keys serve until a fetch succeeds.
            (Err(_), Some(old)) if seconds() - old.fetched < 3600.0 => Ok(Some(Held { renewed, ..old })),
            (Err(refusal), _) => Err(refusal),
        }
    }

    fn download(&self, uri: &mut Option<String>) -> Result<Vec<Value>, Refusal> {
        if uri.is_none() {
            *uri = Some(self.discover()?);
        }
        keys_of(self.fetch(uri.as_ref().unwrap(), "JWKS_FETCH_FAILED", "JWKS_INVALID")?)
    }

    /// Returns the jwks_uri of the issuer. OpenID Connect Discovery 1.0, 4.
    fn discover(&self) -> Result<String, Refusal> {
        let issuer = self.setup["issuer"].as_str().unwrap_or_default();
        let url = format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer));
        let metadata = self.fetch(&url, "DISCOVERY_FAILED", "DISCOVERY_INVALID")?;
        if metadata["issuer"] != issuer {
            return refuse("DISCOVERY_INVALID", "the metadata are those of another issuer");
        }
        let uri = metadata["jwks_uri"].as_str().unwrap_or_default();
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let rest = local.iter().find_map(|prefix| uri.strip_prefix(prefix));
        let loopback = rest.map_or(false, |rest| rest.starts_with([':', '/'])) && self.setup["allow_loopback_http"] == true;
        if !uri.starts_with("https://") && !loopback {
            return refuse("DISCOVERY_INVALID", "jwks_uri is not an https URL");
        }
        Ok(uri.to_string())
    }

    /// Returns the JSON object at url, without following redirects.
    fn fetch(&self, url: &str, failed: &'static str, invalid: &'static str) -> Result<Value, Refusal> {
        let timeout = Duration::from_secs_f64(self.setup["fetch_timeout_seconds"].as_f64().unwrap_or(5.0));
        let agent = ureq::AgentBuilder::new().timeout(timeout).redirects(0).build();
        let response = agent.get(url).call().or_else(|e| refuse(failed, e))?;
        if response.status() != 200 {
            return refuse(failed, format!("{url}: status {}", response.status()));
        }
        let body = response.into_string().or_else(|e| refuse(failed, e))?;
        match serde_json::from_str(&body) {
            Ok(document @ Value::Object(_)) => Ok(document),
            Ok(_) => refuse(invalid, format!("{url}: the body is not a JSON object")),
            Err(e) => refuse(invalid, format!("{url}: {e}")),
        }
    }
}

fn stale(held: &Option<Held>, kid: Option<&str>) -> bool {
    let held = match held {
        Some(held) => held,
        None => return true,
    };
    let known = kid.map_or(true, |kid| held.keys.iter().any(|key| key["kid"] == kid));
    seconds() - held.fetched > 600.0 || (!known && seconds() - held.renewed > 15.0)
}

fn keys_of(mut set: Value) -> Result<Vec<Value>, Refusal> {
    match set["keys"].take() {
        Value::Array(keys) => Ok(keys.into_iter().filter(Value::is_object).collect()),
        _ => refuse("JWKS_INVALID", "keys is not an array"),
    }
}

pub type Verify = fn(&Session, &[u8]) -> Result<Value, Refusal>;

/// Answers the requests on standard input until it ends. verify returns the
/// claims of a token.
pub fn serve(description: Value, verify: Verify) {
    let mut sessions: HashMap<String, Arc<Session>> = HashMap::new();
    let mut clocks: HashMap<String, f64> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let name = request["session"].as_str().unwrap_or_default().to_string();
        let answer = match request["op"].as_str().unwrap_or_default() {
            "hello" => json!({ "description": description }),
            "clock" => {
                clocks.insert(name, request["now"].as_f64().unwrap());
                json!({})
            }
            "open" => match Session::new(request["setup"].clone()) {
                Ok(session) => {
                    sessions.insert(name, Arc::new(session));
                    json!({ "verdict": "accept" })
                }
                Err(refusal) => answer("refuse", refusal),
            },
            "close" => {
                sessions.remove(&name);
                clocks.remove(&name);
                json!({})
            }
            _ => {
                let (session, now) = (sessions[&name].clone(), clocks.get(&name).copied());
                std::thread::spawn(move || { // requests may overlap
                    NOW.with(|cell| cell.set(now.unwrap_or(f64::NAN)));
                    let claims = verify(&session, &token_of(&request["input"]));
                    let verdict = |claims| json!({ "verdict": "accept", "claims": claims });
                    reply(&request, claims.map_or_else(|refusal| answer("reject", refusal), verdict));
                });
                continue;
            }
        };
        reply(&request, answer);
    }
}

fn token_of(input: &Value) -> Vec<u8> {
    match input["token"].as_str() {
        Some(token) => token.as_bytes().to_vec(),
        None => base64::decode(input["token_base64"].as_str().unwrap()).unwrap(), // if it is not UTF-8
    }
}

fn answer(verdict: &str, refusal: Refusal) -> Value {
    json!({ "verdict": verdict, "reason": refusal.reason, "message": refusal.message })
}

fn reply(request: &Value, mut answer: Value) {
    answer["id"] = request["id"].clone();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{answer}").and_then(|()| out.flush()).unwrap();
}
