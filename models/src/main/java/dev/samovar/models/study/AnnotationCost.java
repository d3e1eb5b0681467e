package dev.samovar.models.study;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The work of a person who clicks where a mask is wrong until it is good enough, and outlines by hand those objects whose masks never become good
/// enough.
///
/// The person is simulated: the clicks are those of a protocol that corrects masks, from its scores. Seconds are assumed [Prices], not measured.
///
/// @param protocol the protocol of the clicks
/// @param objects the number of objects
/// @param clicks mean over the objects; one whose mask never was good enough counts with the most clicks
/// @param reached the share of the objects whose masks became good enough
/// @param seconds mean over the objects, including outlining where it was needed
/// @param saved the share of seconds saved, compared with outlining every object by hand; below 0 if it takes longer
public record AnnotationCost(Protocol protocol, int objects, double clicks, double reached, double seconds, double saved) {

    /// When a mask is good enough, and how long each action takes a person.
    ///
    /// @param target the Dice from which on a mask is good enough, above 0 and at most 1
    /// @param click seconds
    /// @param box seconds
    /// @param outline seconds to outline an object by hand
    public record Prices(double target, double click, double box, double outline) {
        /// A click takes 2.4 s (Bearman and others, *What's the point*, ECCV 2016), a box by its four extreme points 7 s (Papadopoulos and others, ICCV 2017), an outline 79 s (22 hours for a thousand in COCO: Lin and others,
        /// ECCV 2014).
        public static final Prices PUBLISHED = new Prices(0.9, 2.4, 7, 79);

        /// Checks them.
        ///
        /// @throws FormatException if one makes no sense
        public Prices {
            if (!(target > 0 && target <= 1))
                throw new FormatException("a mask is good enough from a Dice above 0 and at most 1 on, not " + target);
            if (!(click >= 0 && box >= 0 && outline > 0) || !Double.isFinite(click + box + outline))
                throw new FormatException("clicks and boxes take 0 seconds or more, an outline more than 0");
        }
    }

    /// The costs of those protocols that were used and correct a mask without an oracle.
    static List<AnnotationCost> of(List<ObjectResult> results, Prices prices) {
        List<AnnotationCost> costs = new ArrayList<>();
        for (Protocol protocol : List.of(Protocol.CORRECTIONS, Protocol.BOX_CORRECTIONS, Protocol.INTERACTIVE)) {
            double clicks = 0, seconds = 0;
            int objects = 0, reached = 0;
            for (ObjectResult result : results) {
                List<PromptScore> steps = result.scores().stream().filter(s -> s.protocol() == protocol && s.choice() == Choice.PREDICTED).toList();
                if (steps.isEmpty()) continue;
                PromptScore end = end(steps, prices.target);
                objects++;
                clicks += end.step();
                if (end.dice() >= prices.target) reached++;
                else seconds += prices.outline;
                seconds += end.step() * prices.click + (protocol == Protocol.BOX_CORRECTIONS ? prices.box : 0);
            }
            if (objects > 0)
                costs.add(new AnnotationCost(protocol, objects, clicks / objects, (double) reached / objects, seconds / objects, 1
                        - seconds / objects / prices.outline));
        }
        return costs;
    }

    /// The step at which the person stops: the first that is good enough, or the last one.
    private static PromptScore end(List<PromptScore> steps, double target) {
        @Nullable
        PromptScore last = null;
        for (PromptScore step : steps) {
            if (step.dice() >= target) return step;
            if (last == null || step.step() > last.step()) last = step;
        }
        return last == null ? steps.getFirst() : last;
    }

    Json json() {
        return Json.object().with("protocol", protocol.toString()).with("objects", objects).with("clicks", clicks).with("reached", reached)
                .with("seconds", seconds).with("saved", saved);
    }
}
