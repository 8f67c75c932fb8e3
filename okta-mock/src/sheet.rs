//! Memory that the bodies of pages are written into, used again for the next page.
//!
//! A sheet is always filled with bytes, so that a piece of a fixed length is copied with one store and no question, also
//! where less of it is meant: the next piece covers the rest. The last sheets sent are kept and written on again as soon as
//! nobody reads them: fresh memory for every page would cost more than the writing.

use std::sync::{Mutex, PoisonError};

use bytes::{Bytes, BytesMut};

/// How long a sheet is at first: a page of users fits.
const FIRST: usize = 256 * 1_024;
/// The longest sheet that counts as short, and the longest that is kept: a page of the log fits.
const SHORT: usize = 512 * 1_024;
const LONG: usize = 2_560 * 1_024;
/// Bodies below this are copied off their sheet.
const COPIED: usize = 64 * 1_024;
/// Room behind the end that always is there.
const ROOM: usize = 64;

/// The last short and the last long sheet sent.
static SENT: Mutex<[Option<Bytes>; 2]> = Mutex::new([None, None]);

/// One of them, unless it is still read: then it belongs to its readers.
fn take(which: usize) -> Option<BytesMut> {
    SENT.lock().unwrap_or_else(PoisonError::into_inner)[which].take()?.try_into_mut().ok()
}

/// A body that is being written.
#[derive(Debug)]
pub(crate) struct Sheet {
    bytes: BytesMut,
    at: usize,
}

/// A text of at most so many bytes, with what follows it not meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Piece<N> {
    /// Joins parts. Too long a text does not compile where the piece is a constant.
    pub(crate) const fn of(parts: &[&str]) -> Self {
        Self { bytes: [b' '; N], len: 0 }.with(parts)
    }

    /// With more parts.
    pub(crate) const fn with(self, parts: &[&str]) -> Self {
        let mut piece = self;
        let mut n = 0;
        while n < parts.len() {
            let part = parts[n].as_bytes();
            let mut at = 0;
            while at < part.len() {
                piece.bytes[piece.len] = part[at];
                piece.len += 1;
                at += 1;
            }
            n += 1;
        }
        piece
    }

    /// The first `len` of these bytes.
    pub(crate) const fn new(bytes: [u8; N], len: usize) -> Self {
        assert!(len <= N, "a piece is no longer than its bytes");
        Self { bytes, len }
    }

    /// In lower case, where it is ASCII.
    pub(crate) const fn lower(mut self) -> Self {
        self.bytes.make_ascii_lowercase();
        self
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }
}

impl Sheet {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self { bytes: take(0).unwrap_or_else(|| BytesMut::zeroed(FIRST)), at: 0 }
    }

    /// Makes sure that so many bytes can be written without asking again.
    pub(crate) fn reserve(&mut self, more: usize) {
        let needed = self.at + more + ROOM;
        if needed > self.bytes.len() {
            self.grow(needed);
        }
    }

    #[cold]
    fn grow(&mut self, needed: usize) {
        let length = needed.max(self.bytes.len() / 4 * 5);
        let long = if length <= SHORT { None } else { take(1).filter(|long| long.len() >= needed) };
        match long {
            Some(mut long) => {
                long[..self.at].copy_from_slice(&self.bytes[..self.at]);
                let short = std::mem::replace(&mut self.bytes, long);
                put_back(short.freeze());
            }
            None => self.bytes.resize(length, 0),
        }
    }

    /// The next `N` bytes, which count as written. Needs their [`reserve`](Self::reserve).
    pub(crate) fn next<const N: usize>(&mut self) -> &mut [u8; N] {
        let start = self.at;
        self.at += N;
        let next = self.bytes[start..].first_chunk_mut();
        next.expect("who writes fixed pieces has reserved room for them")
    }

    /// Appends a piece. Needs its [`reserve`](Self::reserve).
    pub(crate) fn piece<const N: usize>(&mut self, piece: &Piece<N>) {
        let _ = self.form(piece);
    }

    /// Appends a piece that has blanks, to be filled in there. Needs its [`reserve`](Self::reserve).
    pub(crate) fn form<const N: usize>(&mut self, piece: &Piece<N>) -> &mut [u8; N] {
        let start = self.at;
        self.at += piece.len;
        let form = self.bytes[start..].first_chunk_mut().expect("who writes a form has reserved room for it");
        *form = piece.bytes;
        form
    }

    /// Appends bytes of any length.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        let end = self.at + bytes.len();
        self.bytes[self.at..end].copy_from_slice(bytes);
        self.at = end;
    }

    /// Takes back the last bytes written.
    pub(crate) fn back(&mut self, bytes: usize) {
        self.at = self.at.saturating_sub(bytes);
    }

    /// The body. A short one is a copy, so that who keeps it does not keep the sheet.
    pub(crate) fn finish(self) -> Bytes {
        let Self { bytes, at } = self;
        let sheet = bytes.freeze();
        let body = if at < COPIED { Bytes::copy_from_slice(&sheet[..at]) } else { sheet.slice(..at) };
        put_back(sheet);
        body
    }
}

/// Keeps a sheet for the next body of its length.
fn put_back(sheet: Bytes) {
    let which = usize::from(sheet.len() > SHORT);
    if sheet.len() <= LONG {
        SENT.lock().unwrap_or_else(PoisonError::into_inner)[which] = Some(sheet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_keeps_its_bytes_while_others_are_written() {
        let mut kept = Vec::new();
        for n in 0..10_u8 {
            let mut sheet = Sheet::new();
            for _ in 0..100_000 {
                sheet.push(&[n; 3]);
            }
            kept.push(sheet.finish());
            let mut short = Sheet::new();
            short.push(&[n; 7]);
            assert_eq!(short.finish(), vec![n; 7]);
        }
        for (n, body) in (0..).zip(&kept) {
            assert_eq!(*body, vec![n; 300_000]);
        }
    }

    #[test]
    fn a_piece_covers_what_an_earlier_one_did_not_mean() {
        let mut sheet = Sheet::new();
        sheet.reserve(64);
        sheet.piece(&Piece::<16>::of(&["ab"]));
        sheet.piece(&Piece::<8>::of(&["c", "de"]));
        *sheet.next() = *b"fg";
        sheet.push(b"h");
        assert_eq!(sheet.finish(), "abcdefgh");
    }

    #[test]
    fn a_long_body_keeps_what_was_written_before_it_grew() {
        for _ in 0..3 {
            let mut sheet = Sheet::new();
            for n in 0..3_000_u32 {
                sheet.push(&[(n % 251) as u8; 700]);
            }
            let body = sheet.finish();
            assert!(body.chunks(700).zip(0..3_000_u32).all(|(piece, n)| piece == [(n % 251) as u8; 700]));
        }
    }
}
