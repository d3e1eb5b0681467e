package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Volumes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Images of several channels: files `NAME_0000`, `NAME_0001`, as in nnU-Net, or the frames of a 4-D file, as in the Decathlon.
///
/// Up to three channels become the three of the encoder; a single one is repeated, and of two the first also serves as the third. Channels of
/// different modalities are not comparable, so each of several first becomes [brightness][Intensity.Auto] by itself, over its whole volume. The same
/// holds for a picture or a volume without a dataset.
final class Channels {
    private static final Pattern NUMBERED = Pattern.compile("(.+)_(\\d{4})");
    private static final int MOST = 9;                                  // more files of one name are numbered files, not channels

    private Channels() {}

    /// The images of a folder by the name of their case. If every file ends in `_` and four digits, the digits are the number of a channel, provided
    /// that they are below nine, and that those of each name run from 0 without a gap, or else there is a label of such a name; otherwise they are
    /// part of the name.
    ///
    /// @param labelled names that certainly belong to cases
    static SortedMap<String, List<Path>> group(SortedMap<String, Path> files, Set<String> labelled) {
        SortedMap<String, List<Path>> each = new TreeMap<>(), grouped = new TreeMap<>();
        boolean gaps = false;
        files.forEach((name, file) -> each.put(name, List.of(file)));
        for (Map.Entry<String, Path> file : files.entrySet()) {         // sorted, so that the channels of a name are, too
            Matcher numbered = NUMBERED.matcher(file.getKey());
            if (!numbered.matches() || labelled.contains(file.getKey())) return each;
            List<Path> channels = grouped.computeIfAbsent(numbered.group(1), _ -> new ArrayList<>());
            int number = Integer.parseInt(numbered.group(2));
            if (number >= MOST) return each;
            gaps |= number != channels.size();
            channels.add(file.getValue());
        }
        return Collections.unmodifiableSortedMap(gaps && Collections.disjoint(grouped.keySet(), labelled) ? each : grouped);
    }

    /// The files of channels that images lack and others have, or that a higher number stands for, by the name of their case.
    ///
    /// @param images as [#group] gives them
    static SortedMap<String, List<String>> missing(SortedMap<String, List<Path>> images) {
        SortedMap<String, NavigableSet<Integer>> numbers = new TreeMap<>();
        images.forEach((name, files) -> {
            for (Path file : files) {
                String own = Volumes.name(file);
                if (own.equals(name)) return;                           // one file, whose digits, if it ends in some, are part of its name
                numbers.computeIfAbsent(name, _ -> new TreeSet<>()).add(Integer.parseInt(own.substring(name.length() + 1)));
            }
        });
        int most = numbers.values().stream().mapToInt(NavigableSet::last).max().orElse(-1);
        SortedMap<String, List<String>> missing = new TreeMap<>();
        numbers.forEach((name, there) -> {
            List<String> absent = IntStream.rangeClosed(0, most).filter(c -> !there.contains(c)).mapToObj(c -> String.format("%s_%04d", name, c))
                    .toList();
            if (!absent.isEmpty()) missing.put(name, absent);
        });
        return missing;
    }

    /// Reads an image.
    ///
    /// @param declared the number of channels that the dataset declares, 0 if it does not
    /// @throws FormatException if a file is wrong, the channels do not lie on one grid, or there are more than three and none were chosen
    static Volume read(String name, List<Path> files, Reading reading, int declared) {
        Integer frame = reading.frame();
        if (files.size() > 1) {
            List<Volume> chosen = new ArrayList<>();
            for (int c : chosen(name, files.size(), reading)) chosen.add(Volumes.read(files.get(c), frame));
            return compose(together(name, chosen));
        }
        Path file = files.getFirst();
        if (frame != null) return Volumes.read(file, frame);
        int frames = Volumes.frames(file);
        if (frames == 1) return single(name, file, reading);
        if (reading.channels().isEmpty() && declared != frames)
            throw new FormatException(file + ": it is 4-D, " + frames + " frames: choose one with --frame, 0 to " + (frames - 1)
                    + ", or take up to three as channels, as with --channels 0,1");
        return compose(Volumes.readChannels(file, chosen(name, frames, reading)));
    }

    /// A file of one frame: grey, a colour, or with several numbers for each voxel, which are channels.
    private static Volume single(String name, Path file, Reading reading) {
        Volume volume = Volumes.read(file);
        boolean isChosen = !reading.channels().isEmpty();
        if (volume.channels() == 1 && reading.channels().stream().anyMatch(c -> c > 0))
            throw new FormatException(file + ": it has a single channel, and --channels asks for " + reading.channels());
        if (volume.channels() == 1 || (volume.channels() == Reading.MAX_CHANNELS && !isChosen)) return volume;
        return compose(volume.channels(chosen(name, volume.channels(), reading).stream().mapToInt(c -> c).toArray()));
    }

    /// The channels of images that are read like this one; none if they have a single one, or a frame is taken.
    static List<Integer> of(List<Path> files, Reading reading, int declared) {
        if (reading.frame() != null || !reading.channels().isEmpty()) return reading.channels();
        int count = files.size() > 1 ? files.size() : declared > 1 ? Volumes.frames(files.getFirst()) : 1;
        return count == 1 || count > Reading.MAX_CHANNELS ? List.of() : IntStream.range(0, count).boxed().toList();
    }

    /// The file, or, if channels beyond the first are wanted and it is the first of several, all of them.
    static List<Path> siblings(Path file, Reading reading) {
        String name = Volumes.name(file), ending = String.valueOf(file.getFileName()).substring(name.length());
        Matcher numbered = NUMBERED.matcher(name);
        if (reading.channels().stream().allMatch(c -> c == 0) || !numbered.matches()) return List.of(file);
        List<Path> files = new ArrayList<>();
        for (int c = 0; c < MOST; c++) {
            Path sibling = file.resolveSibling(String.format("%s_%04d%s", numbered.group(1), c, ending));
            if (!Files.exists(sibling)) break;
            files.add(sibling);
        }
        return files.isEmpty() ? List.of(file) : files;
    }

    private static List<Integer> chosen(String name, int count, Reading reading) {
        List<Integer> chosen = new ArrayList<>(reading.channels());
        if (chosen.isEmpty() && count > Reading.MAX_CHANNELS)
            throw new FormatException(name + ": it has " + count
                    + " channels, and the encoder sees three: choose them, as with --channels 0,1,2");
        if (chosen.isEmpty()) for (int c = 0; c < count; c++) chosen.add(c);
        for (int c : chosen)
            if (c >= count)
                throw new FormatException(name + ": it has the channels 0 to " + (count - 1) + ", and --channels asks for " + c);
        return chosen;
    }

    private static Volume together(String name, List<Volume> volumes) {
        for (Volume one : volumes)
            if (volumes.size() > 1 && one.channels() > 1)
                throw new FormatException(name + ": one of its channels is coloured, and has " + one.channels() + " itself");
        try {
            return Volume.ofChannels(volumes);
        } catch (FormatException e) {
            throw new FormatException(name + ": its channels " + e.getMessage(), e);
        }
    }

    /// Each of several channels as brightness; of two the first also serves as the third.
    private static Volume compose(Volume volume) {
        if (volume.channels() == 1) return volume;
        Volume[] bright = new Volume[Reading.MAX_CHANNELS];
        for (int c = 0; c < bright.length; c++)
            bright[c] = c < volume.channels() ? new Intensity.Auto().apply(volume.channels(c)) : bright[0];
        return Volume.ofChannels(List.of(bright));
    }
}
