//! A wire between a server and its directory that counts what goes over it, and answers in the directory's place as Microsoft's would: it
//! refuses operations, sends groups in parts, and ends searches that aren't paged. It can also hold a write back.

use std::collections::{HashMap, VecDeque};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use lber::structure::{PL, StructureTag};

/// Operations by their tags (RFC 4511).
const SEARCH: u8 = 3;
const ENTRY: u8 = 4;
const DONE: u8 = 5;
const UNBIND: u8 = 2;
const ABANDON: u8 = 16;
const WRITES: [u8; 4] = [6, 8, 10, 12];

/// What is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Bind,
    Search,
    /// An add, modify, rename or delete.
    Write,
}

/// What has gone over the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) operations: usize,
    /// Octets there and back.
    pub(crate) octets: usize,
}

#[derive(Debug, Default)]
struct State {
    refusals: VecDeque<(Refused, u8, String)>,
    /// Whom to tell of the next write, and who says when it goes on.
    hold: Option<(Sender<()>, Receiver<()>)>,
    /// How many values of an attribute go at a time; 0 for all.
    values: usize,
    /// How many entries a search that isn't paged brings; 0 for all.
    entries: usize,
    traffic: Traffic,
}

/// A write that doesn't get to the directory until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    came: Receiver<()>,
    _go: Sender<()>,
}

impl Held {
    /// Waits until the write is there.
    pub(crate) fn wait(&self) {
        self.came.recv_timeout(Duration::from_secs(30)).unwrap();
    }
}

/// The wire. Connections through it end when either side ends them.
#[derive(Debug)]
pub(crate) struct Wire {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Wire {
    /// A wire to the server at `host:port`.
    pub(crate) fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let (server, shared) = (server.to_owned(), state.clone());
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&server) else { continue };
                connect(client, server, &shared);
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// The next operation of that kind is answered so, and doesn't reach the directory.
    pub(crate) fn refuse(&self, what: Refused, code: u8, text: &str) {
        self.state.lock().unwrap().refusals.push_back((what, code, text.to_owned()));
    }

    /// The next write, and what comes after it on the same connection, waits until it is let go.
    pub(crate) fn hold(&self) -> Held {
        let ((tell, came), (go, wait)) = (channel(), channel());
        self.state.lock().unwrap().hold = Some((tell, wait));
        Held { came, _go: go }
    }

    /// How many refusals nothing has met.
    pub(crate) fn refusals_left(&self) -> usize {
        self.state.lock().unwrap().refusals.len()
    }

    /// From now on attributes come in parts of that many values, asked for or not.
    pub(crate) fn send_values(&self, at_a_time: usize) {
        self.state.lock().unwrap().values = at_a_time;
    }

    /// From now on a search that isn't paged ends after that many entries.
    pub(crate) fn send_entries(&self, at_most: usize) {
        self.state.lock().unwrap().entries = at_most;
    }

    /// What has gone over it since this was last asked.
    pub(crate) fn take_traffic(&self) -> Traffic {
        std::mem::take(&mut self.state.lock().unwrap().traffic)
    }
}

/// How many entries each search under way may bring still; by its message id.
type Searches = Arc<Mutex<HashMap<Vec<u8>, usize>>>;

fn connect(client: TcpStream, server: TcpStream, state: &Arc<Mutex<State>>) {
    let searches = Searches::default();
    let answers = Arc::new(Mutex::new(client.try_clone().unwrap()));
    let (from, to) = (client, server.try_clone().unwrap());
    let (shared, under_way, direct) = (state.clone(), searches.clone(), answers.clone());
    thread::spawn(move || requests(from, to, &shared, &under_way, &direct));
    let shared = state.clone();
    thread::spawn(move || responses(server, &answers, &shared, &searches));
}

fn requests(
    mut from: TcpStream,
    mut to: TcpStream,
    state: &Mutex<State>,
    searches: &Searches,
    direct: &Mutex<TcpStream>,
) {
    while let Some(frame) = frame(&mut from) {
        let message = parsed(&frame);
        let (id, operation) = (octets(&message[0]), &message[1]);
        let tag = u8::try_from(operation.id).unwrap();
        let held = state.lock().unwrap().hold.take_if(|_| WRITES.contains(&tag));
        if let Some((tell, wait)) = held {
            let _ = tell.send(());
            let _ = wait.recv();
        }
        let refusal = {
            let mut state = state.lock().unwrap();
            if !matches!(tag, UNBIND | ABANDON) {
                state.traffic.operations += 1;
            }
            state.traffic.octets += frame.len();
            let kind = match tag {
                0 => Some(Refused::Bind),
                SEARCH => Some(Refused::Search),
                _ => WRITES.contains(&tag).then_some(Refused::Write),
            };
            let is_next = state.refusals.front().is_some_and(|(what, ..)| Some(*what) == kind);
            if tag == SEARCH && message.len() == 2 {
                searches.lock().unwrap().insert(id.clone(), allowed(operation, state.entries));
            }
            is_next.then(|| state.refusals.pop_front()).flatten()
        };
        let sent = match refusal {
            Some((_, code, text)) => {
                let answer = if tag == SEARCH { DONE } else { tag + 1 };
                direct.lock().unwrap().write_all(&result(&id, answer, code, &text))
            }
            None => to.write_all(&frame),
        };
        if sent.is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// How many entries a search brings: as many as it asks for, and no more than there are allowed.
fn allowed(search: &StructureTag, most: usize) -> usize {
    let PL::C(parts) = &search.payload else { return usize::MAX };
    let asked = octets(&parts[3]).iter().fold(0_usize, |size, octet| (size << 8) | usize::from(*octet));
    [asked, most].into_iter().filter(|limit| *limit > 0).min().unwrap_or(usize::MAX)
}

fn responses(mut from: TcpStream, to: &Mutex<TcpStream>, state: &Mutex<State>, searches: &Searches) {
    while let Some(mut frame) = frame(&mut from) {
        let mut message = parsed(&frame);
        let id = octets(&message[0]);
        let at_a_time = {
            let mut state = state.lock().unwrap();
            state.traffic.octets += frame.len();
            state.values
        };
        match message[1].id {
            4 => {
                if let Some(left) = searches.lock().unwrap().get_mut(&id) {
                    // One too many: the end says so.
                    if *left == 0 {
                        continue;
                    }
                    *left -= 1;
                }
                if at_a_time > 0 && split(&mut message[1], at_a_time) {
                    frame = element(0x30, &message.iter().flat_map(encoded).collect::<Vec<u8>>());
                }
            }
            5 if searches.lock().unwrap().remove(&id) == Some(0) => {
                frame = result(&id, DONE, 4, "");
            }
            _ => {}
        }
        if to.lock().unwrap().write_all(&frame).is_err() {
            break;
        }
    }
    let _ = to.lock().unwrap().shutdown(std::net::Shutdown::Both);
}

/// Leaves the first values of each attribute that has more, under a name that says which they are. Whether there was one.
fn split(entry: &mut StructureTag, at_a_time: usize) -> bool {
    assert_eq!(entry.id, u64::from(ENTRY));
    let PL::C(parts) = &mut entry.payload else { return false };
    let PL::C(attributes) = &mut parts[1].payload else { return false };
    let mut any = false;
    let mut empty = Vec::new();
    for attribute in attributes.iter_mut() {
        let PL::C(pair) = &mut attribute.payload else { continue };
        let name = String::from_utf8(octets(&pair[0])).unwrap();
        let PL::C(values) = &mut pair[1].payload else { continue };
        if values.len() <= at_a_time {
            continue;
        }
        values.truncate(at_a_time);
        any = true;
        let (plain, first) = match name.split_once(";range=") {
            Some((plain, range)) => (plain.to_owned(), range.split('-').next().unwrap().parse::<usize>().unwrap()),
            None => (name.clone(), 0),
        };
        if plain == name {
            // Microsoft's send the attribute itself, too, without values.
            let nothing = StructureTag { payload: PL::C(Vec::new()), ..pair[1].clone() };
            empty.push(StructureTag { payload: PL::C(vec![pair[0].clone(), nothing]), ..attribute.clone() });
        }
        let PL::C(pair) = &mut attribute.payload else { continue };
        pair[0].payload = PL::P(format!("{plain};range={first}-{}", first + at_a_time - 1).into_bytes());
    }
    attributes.extend(empty);
    any
}

/// The next message, as it came.
fn frame(from: &mut TcpStream) -> Option<Vec<u8>> {
    let mut frame = vec![0; 2];
    from.read_exact(&mut frame).ok()?;
    let mut length = usize::from(frame[1]);
    if length >= 0x80 {
        let mut octets = vec![0; length - 0x80];
        from.read_exact(&mut octets).ok()?;
        length = octets.iter().fold(0, |length, octet| (length << 8) | usize::from(*octet));
        frame.extend(octets);
    }
    let head = frame.len();
    frame.resize(head + length, 0);
    from.read_exact(&mut frame[head..]).ok()?;
    Some(frame)
}

/// The parts of a message: its id, the operation, perhaps controls.
fn parsed(frame: &[u8]) -> Vec<StructureTag> {
    let (_, tag) = lber::parse::parse_tag(frame).unwrap();
    match tag.payload {
        PL::C(parts) => parts,
        PL::P(_) => panic!("no message: {frame:?}"),
    }
}

fn octets(tag: &StructureTag) -> Vec<u8> {
    match &tag.payload {
        PL::P(octets) => octets.clone(),
        PL::C(_) => panic!("no octets: {tag:?}"),
    }
}

fn encoded(tag: &StructureTag) -> Vec<u8> {
    let class = tag.class as u8;
    let id = (class << 6) | u8::try_from(tag.id).unwrap();
    match &tag.payload {
        PL::P(octets) => element(id, octets),
        PL::C(parts) => element(id | 0x20, &parts.iter().flat_map(encoded).collect::<Vec<u8>>()),
    }
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84], &length[..], content].concat()
}

fn result(id: &[u8], operation: u8, code: u8, text: &str) -> Vec<u8> {
    let parts = [element(0x0a, &[code]), element(4, b""), element(4, text.as_bytes())].concat();
    element(0x30, &[element(2, id), element(0x60 | operation, &parts)].concat())
}
