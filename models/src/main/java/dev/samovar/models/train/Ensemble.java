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

/// Several trained networks that answer as one, of folds, seeds or methods: the mean of their probabilities, and where they part. Each may also be shown the slices in mirrors.
///
/// @param members what answers, all for the same classes; they stay the caller's to close
/// @param mirrors in which each is asked, the plain one among them
public record Ensemble(List<Member> members, List<Mirror> mirrors) {

    /// One of the networks.
    ///
    /// @param run what it comes from
    public record Member(Run run, Segmenter segmenter) {}

    /// What was made of a volume.
    ///
    /// @param labels the class with the highest mean probability
    /// @param probabilities the means, one volume per class, background first
    /// @param variance of the probabilities
    /// @param entropy of the votes
    /// @param disagreement of the answers, from 0 to 1
    public record Answer(LabelVolume labels, List<Volume> probabilities, Volume variance, Volume entropy, double disagreement) {}

    /// With lists of its own.
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

    /// How many answers there are to each volume.
    public int answers() {
        return members.size() * mirrors.size();
    }

    /// Where the work tells how far it is.
    @FunctionalInterface
    public interface Listener {
        /// So many slices of one of the answers are done, counted from 0.
        void done(int answer, int slices);
    }

    /// Asks all of them.
    ///
    /// @param asked for prompted methods, labels on the volume's grid to draw boxes around; else null
    public Answer segment(Volume volume, @Nullable LabelVolume asked, Listener listener) {
        Orientation orientation = Orientation.of(volume.geometry());
        Volume canonical = orientation.toCanonical(volume);
        LabelVolume prompts = asked == null ? null : orientation.toCanonical(asked);
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
