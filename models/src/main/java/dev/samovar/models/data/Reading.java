package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// How the files of a dataset are read: which part of an image, and the meaning of its labels' numbers.
///
/// @param frame which frame of 4-D images, counted from 0, if one was chosen
/// @param channels which channels of an image, counted from 0: files `NAME_0000`, `NAME_0001`, or frames; empty if none were chosen
/// @param coding the meaning of the labels' numbers, if it was decided
public record Reading(@Nullable Integer frame, List<Integer> channels, @Nullable LabelCoding coding) {
    /// The most channels that an encoder sees.
    public static final int MAX_CHANNELS = 3;

    /// Nothing was chosen.
    public static final Reading PLAIN = new Reading(null, List.of(), null);

    /// Copies the collection.
    ///
    /// @throws FormatException if there are too many channels, channels and a frame were both chosen, or a number is negative
    public Reading {
        channels = List.copyOf(channels);
        if (frame != null && frame < 0) throw new FormatException("--frame: a frame is a number from 0 on, not " + frame);
        if (channels.size() > MAX_CHANNELS)
            throw new FormatException("--channels: the encoder sees " + MAX_CHANNELS + " channels, and these are " + channels.size());
        if (frame != null && !channels.isEmpty()) throw new FormatException("--frame takes one frame, and --channels several: give one of them");
        for (int c : channels) if (c < 0) throw new FormatException("--channels: a channel is a number from 0 on, not " + c);
    }

    /// This way of reading with a meaning of labels.
    public Reading with(LabelCoding decided) {
        return new Reading(frame, channels, decided);
    }

    /// This way of reading with another choice among frames and channels, if one was made.
    public Reading with(@Nullable Integer otherFrame, List<Integer> otherChannels) {
        boolean same = otherFrame == null && otherChannels.isEmpty();
        return same ? this : new Reading(otherFrame, otherChannels, coding);
    }

    /// As JSON.
    public Json json() {
        Json json = Json.object().with("channels", channels);
        if (frame != null) json = json.with("frame", frame);
        return coding == null ? json : json.with("labels", coding.json());
    }

    /// From JSON.
    ///
    /// @throws FormatException if it is not one
    public static Reading of(Json json) {
        return new Reading(json.has("frame") ? json.at("frame").integer() : null, IntStream.of(json.at("channels").integers()).boxed().toList(),
                json.has("labels") ? LabelCoding.of(json.at("labels")) : null);
    }
}
