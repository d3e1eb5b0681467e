package dev.samovar.imaging.testkit;

/// A file that is refused.
///
/// @param why what is wrong with it, for the name of the test
/// @param bytes what is in it
/// @param says what the sentence about it must contain
@SuppressWarnings("ArrayRecordComponent")
public record Broken(String why, byte[] bytes, String says) {
    @Override
    public String toString() {
        return why;
    }
}
