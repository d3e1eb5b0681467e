package dev.samovar.serve;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.edit.LabelFiles;
import dev.samovar.models.edit.OpenedImage;
import dev.samovar.models.edit.Runs;
import dev.samovar.models.edit.VoxelBox;
import dev.samovar.models.train.Judge;
import dev.samovar.models.train.Run;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Requests about one case: a page reads its image and labels, and has its labels written.
final class CaseRoutes {
    private static final String BYTES = "application/octet-stream";
    private static final int MOST_COMPARED = 4;

    private final Desk desk;
    private final String version;
    private final Map<List<String>, LabelVolume> compared = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<String>, LabelVolume> eldest) {
            return size() > MOST_COMPARED;
        }
    };

    CaseRoutes(Desk desk, String version) {
        this.desk = desk;
        this.version = version;
    }

    void addTo(Routes routes) {
        routes.on("GET", "/api/cases/*", this::open).on("GET", "/api/cases/*/thumbnail", this::thumbnail)
                .on("GET", "/api/cases/*/slice/*/*", this::slice).on("GET", "/api/cases/*/voxels", this::voxels)
                .on("GET", "/api/cases/*/labels", this::labels).on("GET", "/api/cases/*/labels/*/*", this::labelsOfSlice)
                .on("GET", "/api/cases/*/slices/*", this::slicesOf).on("POST", "/api/cases/*/save", this::save);
    }

    private void open(Call call) {
        try (Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            call.json(Described.work(Described.image(one), one, one.labelling().state(call.tab())));
        }
    }

    private void thumbnail(Call call) {
        call.bytes(200, "image/png", desk.thumbnail(call.part(0)));
    }

    private void slice(Call call) {
        try (Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            int axis = call.number(1), index = call.number(2);
            one.check(axis, index);
            call.bytes(200, BYTES, one.pixels().slice(axis, index));
        }
    }

    private void voxels(Call call) {
        try (Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            int from = call.wholes("from", 1)[0], to = call.wholes("to", 1)[0];
            one.check(2, from);
            one.check(2, to);
            if ((to - from + 1L) * one.pixels().slice(2, from).length > 1 << 28)
                throw Refusal.bad("these are more than 256 MiB; ask for fewer slices");
            var all = new ByteArrayOutputStream();
            for (int s = from; s <= to; s++) all.writeBytes(one.pixels().slice(2, s));
            call.bytes(200, BYTES, all.toByteArray());
        }
    }

    private void labels(Call call) {
        try (Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            VoxelBox box = VoxelBox.of(one.image().grid());
            if (call.asked("from") != null) {
                int[] from = call.wholes("from", 3), to = call.wholes("to", 3);
                box = new VoxelBox(from[0], from[1], from[2], to[0], to[1], to[2]);
                if (!box.isIn(one.image().grid())) throw Refusal.bad("there is no such box of voxels");
            }
            long revision = one.labelling().state(call.tab()).revision();
            call.json(Described.patch(one, box).with("revision", revision));
        }
    }

    private void labelsOfSlice(Call call) {
        try (Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            int axis = call.number(1), index = call.number(2);
            one.check(axis, index);
            long revision = one.labelling().state(call.tab()).revision();
            String of = call.asked("of");
            byte[] slice = of == null ? one.labelling().slice(axis, index) : one.image().slices(axis).cut(compared(one.image(), of), index);
            call.json(Json.object().with("revision", revision).with("axis", axis).with("index", index).with("runs", Runs.of(slice)));
        }
    }

    /// The dataset's labels, or those that a run gave, on the grid that the image is edited on.
    private LabelVolume compared(OpenedImage image, String of) {
        synchronized (compared) {
            return compared.computeIfAbsent(List.of(image.name(), of), _ -> {
                LabelVolume labels = switch (of) {
                    case "truth" -> truth(image.name());
                    case "prediction" -> prediction(image.name());
                    default -> throw Refusal.bad("of= is truth or prediction");
                };
                try {
                    return image.onGrid(labels);
                } catch (FormatException e) {
                    throw Refusal.notNow("these labels and the image " + e.getMessage());
                }
            });
        }
    }

    private LabelVolume truth(String id) {
        Case one = desk.opened().truths().get(id);
        Dataset dataset = desk.opened().dataset();
        if (one == null || dataset == null) throw Refusal.absent("there is no truth of " + id);
        return dataset.label(one);
    }

    private LabelVolume prediction(String id) {
        Run run = desk.opened().run();
        if (run == null || !Judge.cases(run).contains(id) || !Files.isDirectory(run.labels()))
            throw Refusal.absent("there is no prediction of " + id);
        return Judge.labels(run, id);
    }

    /// Makes sure that new predictions of a run are read again.
    void forget() {
        synchronized (compared) {
            compared.clear();
        }
    }

    private void slicesOf(Call call) {
        try (Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            int axis = call.number(1);
            one.check(axis, 0);
            Json objects = Json.object();
            for (var object : one.labelling().slicesOf(axis).entrySet())
                objects = objects.with(Integer.toString(object.getKey()), object.getValue());
            call.json(Json.object().with("objects", objects).with("count", new Slices(one.image().grid(), axis).count()));
        }
    }

    private void save(Call call) {
        try (Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            Set<LabelFiles.Format> formats = new LinkedHashSet<>();
            for (String format : call.body().at("formats").strings()) formats.add(LabelFiles.Format.of(format));
            if (formats.isEmpty()) throw Refusal.bad("no format was chosen");
            Path folder = desk.store().folder().resolve("saved");
            List<Path> files = LabelFiles.write(folder, one.image(), one.labelling().labels(), one.labelling().objects(), formats, version);
            call.json(Json.object().with("files", files.stream().map(file -> file.toAbsolutePath().normalize().toString()).toList()));
        }
    }
}
