//! External data representation (RFC 4506), as far as libvirt's protocol uses it.
//!
//! Everything is in units of four bytes, most significant first; texts are padded to them. What is cut off or too long is an
//! error, never a panic.

/// The longest text of the protocol, in bytes.
const LONGEST_TEXT: usize = 4 * 1024 * 1024;

/// Appends values to a message.
#[derive(Default, Debug)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn unsigned(&mut self, value: u32) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub(crate) fn long(&mut self, value: u64) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.unsigned(u32::try_from(value.len()).unwrap_or(u32::MAX));
        self.bytes.extend(value.as_bytes());
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// Bytes of a length that both sides know: a multiple of four.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Takes values from a message, one after the other.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    left: &'a [u8],
}

/// A message ends early, or says what cannot be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], Broken> {
        let (taken, left) = self.left.split_at_checked(length).ok_or(Broken)?;
        self.left = left;
        Ok(taken)
    }

    pub(crate) fn unsigned(&mut self) -> Result<u32, Broken> {
        let bytes = self.take(4)?.try_into().map_err(|_| Broken)?;
        Ok(u32::from_be_bytes(bytes))
    }

    pub(crate) fn signed(&mut self) -> Result<i32, Broken> {
        let bytes = self.take(4)?.try_into().map_err(|_| Broken)?;
        Ok(i32::from_be_bytes(bytes))
    }

    pub(crate) fn long(&mut self) -> Result<u64, Broken> {
        let bytes = self.take(8)?.try_into().map_err(|_| Broken)?;
        Ok(u64::from_be_bytes(bytes))
    }

    pub(crate) fn text(&mut self) -> Result<String, Broken> {
        let length = self.unsigned()? as usize;
        if length > LONGEST_TEXT {
            return Err(Broken);
        }
        let bytes = self.take(length)?.to_vec();
        self.take(length.next_multiple_of(4) - length)?;
        String::from_utf8(bytes).map_err(|_| Broken)
    }

    /// What may be left out, after a mark that says whether it is there.
    pub(crate) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Broken>,
    ) -> Result<Option<T>, Broken> {
        match self.unsigned()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(Broken),
        }
    }

    /// As many as the message says, each of which takes at least a unit.
    pub(crate) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Broken>,
    ) -> Result<Vec<T>, Broken> {
        let length = self.unsigned()? as usize;
        if length > self.left.len() / 4 {
            return Err(Broken);
        }
        (0..length).map(|_| read(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = Writer::default();
        for text in ["", "a", "abcd", "Zürich"] {
            writer.text(text);
        }
        writer.long(u64::MAX - 1);
        let bytes = writer.into_bytes();
        assert_eq!(bytes.len() % 4, 0);
        let mut reader = Reader::new(&bytes);
        for text in ["", "a", "abcd", "Zürich"] {
            assert_eq!(reader.text().as_deref(), Ok(text));
        }
        assert_eq!(reader.long(), Ok(u64::MAX - 1));
        assert_eq!(reader.unsigned(), Err(Broken));
    }

    #[test]
    fn lengths_that_cannot_be_are_refused() {
        let huge = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
        assert_eq!(Reader::new(&huge).text(), Err(Broken));
        assert_eq!(Reader::new(&huge).list(Reader::unsigned), Err(Broken));
        assert_eq!(
            Reader::new(&[0, 0, 0, 2]).optional(Reader::text),
            Err(Broken)
        );
        assert_eq!(
            Reader::new(&[0, 0, 0, 3, b'a', b'b', b'c']).text(),
            Err(Broken)
        );
    }
}
