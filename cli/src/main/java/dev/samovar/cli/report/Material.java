package dev.samovar.cli.report;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Sample;
import dev.samovar.models.train.Run;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// How much a run learnt from.
///
/// @param patients with labelled volumes
/// @param volumes of them
/// @param slices that were learnt from
/// @param classes that occur in the volumes, without the background
record Material(int patients, int volumes, int slices, BitSet classes) {

    /// Counts. This reads the volumes.
    static Material of(Run run, Dataset dataset) {
        Set<String> patients = new HashSet<>();
        BitSet classes = new BitSet();
        int slices = 0;
        for (Case one : dataset.cases(run.split().train())) {
            patients.add(one.patient());
            LabelVolume label = dataset.load(one).label();
            slices += run.config().preparation().learntFrom(label).size();
            classes.or(label.foreground());
        }
        return new Material(patients.size(), run.split().train().size(), slices, classes);
    }

    /// Reads a case.
    ///
    /// @throws FormatException if it is no longer in the dataset
    static Sample load(String name, Dataset dataset) {
        return dataset.load(dataset.cases(List.of(name)).getFirst());
    }
}
