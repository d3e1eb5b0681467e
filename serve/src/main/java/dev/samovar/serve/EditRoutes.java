package dev.samovar.serve;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.edit.Brush;
import dev.samovar.models.edit.LabelledObject;
import dev.samovar.models.edit.Labelling;
import dev.samovar.models.edit.Labelling.State;
import dev.samovar.models.edit.Labelling.Tidy;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.KeptMasks;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// Edits that a page makes without the network.
final class EditRoutes {
    private static final int MOST_PLACES = 4096;
    private static final double FARTHEST = 1e6, WIDEST = 1000;          // pixels

    private final Desk desk;
    private final Events events;

    EditRoutes(Desk desk, Events events) {
        this.desk = desk;
        this.events = events;
    }

    void addTo(Routes routes) {
        routes.on("POST", "/api/cases/*/edit", this::edit);
    }

    private void edit(Call call) {
        try (Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            State state = done(one, call.tab(), call.body());
            told(one, call.tab(), state);
            call.json(Described.work(one, state));
        }
    }

    /// Tells all pages about an edit, and has it saved.
    void told(OpenCase one, String tab, State state) {
        desk.edited(one);
        events.tell("case", Json.object().with("case", one.id()).with("revision", state.revision()).with("tab", tab)
                .with("changed", state.changed() == null ? null : Described.box(state.changed())));
    }

    private static State done(OpenCase one, String tab, Json asked) {
        Labelling labelling = one.labelling();
        String action = asked.at("action").string();
        return switch (action) {
            case "add-object" -> labelling.add(tab, asked.has("name") ? asked.at("name").string() : null, asked.has("colour")
                    ? (Integer) LabelledObject.rgb(asked.at("colour").string())
                    : null);
            case "change-object" -> labelling.change(tab, changed(labelling, asked));
            case "remove-object" -> labelling.remove(tab, asked.at("object").integer());
            case "accept" -> labelling.accept(tab);
            case "discard" -> possible(() -> labelling.discard(tab));
            case "undo" -> possible(() -> labelling.undo(tab));
            case "redo" -> possible(() -> labelling.redo(tab));
            case "brush" -> brush(one, tab, asked);
            case "largest", "holes", "smooth", "clear" -> tidy(one, tab, Tidy.valueOf(action.toUpperCase(Locale.ROOT)), asked);
            case "between" -> {
                int axis = asked.at("axis").integer(), from = asked.at("from").integer(), to = asked.at("to").integer();
                one.check(axis, from);
                one.check(axis, to);
                yield labelling.between(tab, asked.at("object").integer(), axis, from, to);
            }
            case "adopt" -> adopt(one, tab, asked);
            default -> throw Refusal.bad("there is no action " + FormatException.shown(action));
        };
    }

    /// Refuses with a conflict what the present state does not allow: the request itself is valid.
    private static State possible(Supplier<State> work) {
        try {
            return work.get();
        } catch (FormatException e) {
            throw Refusal.notNow(String.valueOf(e.getMessage()));
        }
    }

    private static LabelledObject changed(Labelling labelling, Json asked) {
        int number = asked.at("object").integer();
        LabelledObject now = labelling.objects().stream().filter(one -> one.number() == number).findFirst()
                .orElseThrow(() -> Refusal.bad("there is no object " + number));
        return new LabelledObject(number, asked.has("name") ? asked.at("name").string() : now.name(), asked.has("colour")
                ? LabelledObject.rgb(asked.at("colour").string())
                : now.rgb());
    }

    private static State brush(OpenCase one, String tab, Json asked) {
        int axis = asked.at("axis").integer(), index = asked.at("index").integer();
        one.check(axis, index);
        List<Json> places = asked.at("path").list();
        double radius = asked.at("radius").number();
        if (places.isEmpty() || places.size() > MOST_PLACES) throw Refusal.bad("a stroke has 1 to " + MOST_PLACES + " places");
        if (!(radius >= 0 && radius <= WIDEST)) throw Refusal.bad("a brush has a radius from 0 to " + (int) WIDEST + " pixels");
        List<Brush.Place> path = new ArrayList<>();
        for (Json place : places) {
            double[] xy = place.numbers();
            if (xy.length != 2 || !(Math.abs(xy[0]) <= FARTHEST && Math.abs(xy[1]) <= FARTHEST))
                throw Refusal.bad("a place of a stroke is [x,y], in pixels");
            path.add(new Brush.Place(xy[0], xy[1]));
        }
        var slices = one.image().slices(axis);
        Mask stroke = Brush.stroke(slices.height(), slices.width(), path, radius);
        return one.labelling().brush(tab, asked.at("object").integer(), axis, index, stroke, asked.has("erase") && asked.at("erase").truth(),
                !asked.has("over") || asked.at("over").truth());
    }

    private static State tidy(OpenCase one, String tab, Tidy how, Json asked) {
        int object = asked.at("object").integer();
        if (!asked.has("axis")) return one.labelling().tidy(tab, how, object);
        int axis = asked.at("axis").integer(), index = asked.at("index").integer();
        one.check(axis, index);
        return one.labelling().tidy(tab, how, object, axis, index);
    }

    private static State adopt(OpenCase one, String tab, Json asked) {
        int axis = asked.at("axis").integer(), index = asked.at("index").integer();
        one.check(axis, index);
        KeptMasks kept = one.masks(axis, index);
        List<Mask> masks = new ArrayList<>();
        for (int id : asked.at("masks").integers()) {
            if (id < 0 || id >= kept.masks().size()) throw Refusal.bad("there is no mask " + id);
            masks.add(kept.masks().get(id).segmentation().mask());
        }
        if (masks.isEmpty()) throw Refusal.bad("no mask was chosen");
        return one.labelling().adopt(tab, axis, index, masks);
    }
}
