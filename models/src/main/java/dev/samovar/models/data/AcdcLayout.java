package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.format.Volumes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The Automated Cardiac Diagnosis Challenge (Bernard et al., 2018) as downloaded, with two labelled frames of each heart.
///
/// A folder `patientXXX` holds `patientXXX_frameYY.nii.gz` and its labels `patientXXX_frameYY_gt.nii.gz`; other files (`_4d`,
/// `Info.cfg`) are ignored. The patients' folders are in the folder itself, or in `training/` and `testing/` of it or of a `database/` in it.
final class AcdcLayout {
    static final String NAME = "ACDC (folders patientXXX with patientXXX_frameYY and patientXXX_frameYY_gt)";

    private static final List<String> PARTS = List.of("", "training", "testing", "database", "database/training", "database/testing");
    private static final List<String> CLASSES = List.of("background", "RV", "Myo", "LV");
    private static final Pattern PATIENT = Pattern.compile("patient_?\\d+"), FRAME = Pattern.compile("patient_?\\d+_frame\\d+(_gt)?");
    private static final String LABEL = "_gt";

    private AcdcLayout() {}

    static boolean fits(Path folder) {
        return !patients(folder).isEmpty();
    }

    /// Looks at a folder.
    ///
    /// @throws FormatException if there is no case in it
    static Found find(Path folder) {
        Found found = new Found();
        Map<String, Path> seen = new HashMap<>();
        for (Path patient : patients(folder)) {
            String name = String.valueOf(patient.getFileName());
            Path before = seen.put(name, patient);
            if (before == null) look(patient, name, found);
            else found.faults().add(new Fault(name, "is there twice, as " + before + " and as " + patient));
        }
        return found.sorted(folder + ": there is no case: no patientXXX_frameYY.nii.gz in the patients' folders");
    }

    /// The classes, which no file in the folder names.
    static Declaration declaration(Path folder) {
        Declaration own = Declaration.read(folder);
        return own.isEmpty() ? Declaration.of(CLASSES) : own;
    }

    private static void look(Path folder, String patient, Found found) {
        SortedMap<String, Path> files;
        try {
            files = Volumes.list(folder);
        } catch (FormatException twins) {
            found.faults().add(new Fault(patient, "cannot be listed: " + twins.getMessage()));
            return;
        }
        for (Map.Entry<String, Path> file : files.entrySet()) {
            String name = file.getKey();
            if (!FRAME.matcher(name).matches()) continue;
            if (name.endsWith(LABEL)) {
                String image = name.substring(0, name.length() - LABEL.length());
                if (!files.containsKey(image)) found.faults().add(Found.missing(image, "image", folder, image));
            } else {
                Path label = files.get(name + LABEL);
                if (label != null) found.cases().add(new Case(name, patient, List.of(file.getValue()), label));
                else found.unlabelled().put(name, List.of(file.getValue()));
            }
        }
    }

    private static List<Path> patients(Path folder) {
        List<Path> patients = new ArrayList<>();
        for (String part : PARTS) {
            Path place = folder.resolve(part);
            if (!Files.isDirectory(place)) continue;
            try (Stream<Path> entries = Files.list(place)) {
                entries.filter(entry -> PATIENT.matcher(String.valueOf(entry.getFileName())).matches() && Files.isDirectory(entry)).sorted()
                        .forEach(patients::add);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot look into " + place + ": " + e.getMessage(), e);
            }
        }
        return patients;
    }
}
