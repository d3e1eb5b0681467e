package dev.samovar.cli;

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.train.Decision;
import dev.samovar.models.train.Ensemble;
import dev.samovar.models.train.Mirror;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.Segmenter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// The heads of one or several runs, each on its checkpoint, which segment a volume together.
final class Answering implements AutoCloseable {
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Ensemble.Member> members = new ArrayList<>();
    private final List<Mirror> mirrors;
    private final Decision decision;

    /// The result for a volume.
    ///
    /// @param together where the answers differ; null if there is only one
    record Answer(LabelVolume labels, List<Volume> probabilities, Ensemble.@Nullable Answer together) {}

    /// @param weights the checkpoint of all runs; null to use the one that each run names
    /// @param mirrors in which the slices are shown
    /// @param decision how labels follow from probabilities
    Answering(List<Run> runs, Run.Which which, @Nullable Path weights, Unknown unknown, Compute compute, List<Mirror> mirrors,
            Decision decision, Console console) {
        this.mirrors = mirrors;
        this.decision = decision;
        for (Run run : runs)
            if (weights == null && !Checkpoints.exists(run.config().origin().weights()))
                throw Workbench.missing(run.config().origin().weights(), "checkpoint", "--weights");
        Device device = compute.device(console);
        try {
            for (Run run : runs) {
                Path checkpoint = weights != null ? weights : run.config().origin().weights();
                TensorFile file = unknown.asBegun(run.config().origin()).open(checkpoint, console);
                open.add(file);
                SamWeights sam = Checkpoints.weights(checkpoint, file);
                if (open.size() == 1) Compute.warnOfMemory(sam.config().encoderMemory(), device, console);
                Segmenter segmenter = new Segmenter(run, which, sam, device);
                open.add(segmenter);
                members.add(new Ensemble.Member(run, segmenter));
            }
            new Ensemble(members, mirrors);                                        // fails before the work if they do not fit together
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /// The number of answers for each volume.
    int answers() {
        return members.size() * mirrors.size();
    }

    /// Segments a volume with all of them.
    ///
    /// @param asked labels to draw boxes around; null for methods that take no prompts
    /// @param done is told how many slices are done, of all answers
    Answer segment(Volume volume, @Nullable LabelVolume asked, boolean probabilities, int slices, IntConsumer done) {
        if (answers() == 1)
            return answer(members.getFirst().segmenter().segment(volume, asked, probabilities || !decision.isPlain(), done), null);
        Ensemble.Answer found = new Ensemble(members, mirrors).segment(volume, asked, (answer, slice) -> done.accept(answer * slices
                + slice));
        return answer(new Segmenter.Segmentation(found.labels(), found.probabilities()), found);
    }

    private Answer answer(Segmenter.Segmentation found, Ensemble.@Nullable Answer together) {
        Segmenter.Segmentation decided = decision.of(found);
        return new Answer(decided.labels(), decided.probabilities(), together);
    }

    @Override
    public void close() {
        for (AutoCloseable one : open.reversed()) {
            switch (one) {
                case TensorFile file -> file.close();
                case Segmenter segmenter -> segmenter.close();
                default -> throw new IllegalStateException(one + " is neither");
            }
        }
    }
}
