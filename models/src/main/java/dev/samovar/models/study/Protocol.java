package dev.samovar.models.study;

import dev.samovar.core.io.FormatException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// A way to prompt for an object. If several pieces are prompted for, they are the three largest.
public enum Protocol {
    /// A click at the centre of the largest piece (Mazurowski, mode 1).
    CLICK("a click, largest piece"),
    /// A click at the centre of each piece, in one prompt (mode 2).
    CLICKS("a click per piece"),
    /// The tight box around the largest piece (mode 3).
    BOX("box, largest piece"),
    /// The tight box around each piece, as separate prompts whose masks are united (mode 4).
    BOXES("box per piece"),
    /// The tight box around all of the object (mode 5; Huang, S5).
    BOX_ALL("one box around all"),
    /// The centre of mass, or the first pixel (Huang, S2).
    POINT("one point"),
    /// Five points on the object (S3).
    POINTS("5 points"),
    /// Five points on the object and five beside it (S4).
    POINTS_BESIDE("5 points and 5 beside"),
    /// Box and point (S6).
    BOX_POINT("box and point"),
    /// One of all automatic masks of the picture (S1): the oracle's, or that with the highest predicted IoU.
    EVERYTHING("everything"),
    /// A click at the object's centre, then clicks where the mask is wrong, all of them without a mask, three masks each (Mazurowski). Step n has n clicks.
    INTERACTIVE("clicks where it is wrong"),
    /// A click at the object's centre, the mask that SAM thinks best, then clicks where it is wrong together with the last mask, one mask each. Step
    /// n has n clicks.
    CORRECTIONS("corrections of a mask"),
    /// The box around all, then corrections. Step n has n clicks.
    BOX_CORRECTIONS("corrections of a box's mask"),
    /// [#POINT], moved (Huang). The step is the largest movement along an axis, in pixels.
    MOVED_POINT("one point, moved"),
    /// [#BOX_ALL], with its corners moved. The step is the largest movement along an axis, in pixels.
    MOVED_BOX("one box, moved");

    private final String words;

    Protocol(String words) {
        this.words = words;
    }

    /// Whether it has steps, each with a score of its own.
    public boolean hasSteps() {
        return switch (this) {
            case INTERACTIVE, CORRECTIONS, BOX_CORRECTIONS, MOVED_POINT, MOVED_BOX -> true;
            default -> false;
        };
    }

    /// In words, for tables.
    public String words() {
        return words;
    }

    /// Its name on the command line and in files: `box-all`.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The protocol of a name.
    ///
    /// @throws FormatException if there is none
    public static Protocol of(String name) {
        for (Protocol p : values()) if (p.toString().equals(name)) return p;
        throw new FormatException("there is no protocol " + FormatException.shown(name) + ": it is "
                + Arrays.stream(values()).map(Protocol::toString).collect(Collectors.joining(", ")));
    }

    /// All of them.
    public static List<Protocol> all() {
        return List.of(values());
    }
}
