package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Volume;
import dev.samovar.models.metrics.Uncertainty;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Several trained networks that answer together, of several folds, seeds or methods: the mean of their probabilities, and where they differ. Each
/// may also segment mirrored slices.
///
/// @param members the networks, all for the same classes; the caller closes them
/// @param mirrors the mirror images that each segments, including the plain one
public record Ensemble(List<Member> members, List<Mirror> mirrors) {

    /// One of the networks.
    ///
    /// @param run the run that trained it
    public record Member(Run run, Segmenter segmenter) {}

    /// The result for a volume.
    ///
    /// @param labels the class with the highest mean probability
    /// @param probabilities the means, one volume per class, background first
    /// @param variance of the probabilities
    /// @param entropy of the votes
    /// @param disagreement of the answers, from 0 to 1
    public record Answer(LabelVolume labels, List<Volume> probabilities, Volume variance, Volume entropy, double disagreement) {}

    /// Copies the lists.
    ///
    /// @throws FormatException if two members answer for different classes, or one is prompted and another is not
    public Ensemble {
        members = List.copyOf(members);
        mirrors = List.copyOf(mirrors);
        if (members.isEmpty() || mirrors.isEmpty()) throw new IllegalArgumentException("an ensemble of nothing");
        Run first = members.getFirst().run;
        for (Member member : members) {
            if (!member.run.config().classNames().equals(first.config().classNames()))
                throw new FormatException(member.run.folder() + ": its classes are " + String.join(", ", member.run.config().classNames())
                        + ", and those of " + first.folder() + " are " + String.join(", ", first.config().classNames())
                        + "; runs that answer together have the same");
            if (member.run.config().method().prompted() != first.config().method().prompted())
                throw new FormatException(member.run.folder() + " and " + first.folder()
                        + ": one answers prompts and the other takes none; they cannot answer together");
        }
    }

    /// The number of answers for each volume.
    public int answers() {
        return members.size() * mirrors.size();
    }

    /// Receives the progress.
    @FunctionalInterface
    public interface Listener {
        /// `slices` slices of one of the answers, counted from 0, are done.
        void done(int answer, int slices);
    }

    /// Segments a volume with all of them.
    ///
    /// @param asked for prompted methods, labels on the volume's grid to draw boxes around; otherwise null
    public Answer segment(Volume volume, @Nullable LabelVolume asked, Listener listener) {
        Orientation orientation = Orientation.of(volume.geometry());
        Volume canonical = orientation.toCanonical(volume);
        LabelVolume prompts = Segmenter.prompts(volume, asked);
        Geometry grid = canonical.geometry();
        int classes = members.getFirst().run.config().classes(), number = 0;
        var all = new Uncertainty(classes, grid.voxels());
        for (Member member : members) for (Mirror mirror : mirrors) {
            int answer = number++;
            Segmenter.Segmentation found = member.segmenter.segment(mirror.apply(canonical), prompts == null ? null : mirror.apply(prompts),
                    true,
                    slices -> listener.done(answer, slices));
            all.add(found.probabilities().stream().map(p -> mirror.apply(p).voxels()).toList(), mirror.apply(found.labels()).classes());
        }
        List<Volume> probabilities = IntStream.range(0, classes).mapToObj(c -> orientation.toOriginal(new Volume(grid, all.mean(c)))).toList();
        return new Answer(orientation.toOriginal(new LabelVolume(grid, all.labels())), probabilities,
                orientation.toOriginal(new Volume(grid, all.variance())), orientation.toOriginal(new Volume(grid, all.entropy())),
                all.disagreement());
    }
}
