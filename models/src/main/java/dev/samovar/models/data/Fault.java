package dev.samovar.models.data;

/// A fault of a dataset, or a remark about it.
///
/// @param about the case, the patient or the class
/// @param what the rest of the sentence
public record Fault(String about, String what) {
    @Override
    public String toString() {
        return about + ": " + what;
    }
}
