package dev.samovar.models.data;

/// Something wrong with a dataset, or worth knowing.
///
/// @param about the case, the patient or the class
/// @param what the rest of the sentence
public record Fault(String about, String what) {
    @Override
    public String toString() {
        return about + ": " + what;
    }
}
