package dev.samovar.models.train;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.data.Split;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/// A folder of runs that differ only in seed and split, for a mean and a standard deviation over them.
///
/// `study.json` holds the settings of all of them from the start, so that a missing run can be made at any time. Each run has a folder of
/// its own.
///
/// @param folder the folder
/// @param members the runs, begun or not
public record Study(Path folder, List<Member> members) {
    static final String JSON = "study.json";
    private static final String FORMAT = "samovar-study-1";

    /// One of the runs.
    ///
    /// @param name its folder, in the study's folder
    public record Member(String name, RunConfig config, Split split) {}

    /// Copies the list.
    public Study {
        members = List.copyOf(members);
    }

    /// Makes the folder and writes what is planned.
    ///
    /// @throws FormatException if there is something of this name already
    public static Study create(Path folder, List<Member> members) {
        var study = new Study(folder, members);
        RunFolder.make(folder, JSON, study.json());
        return study;
    }

    private String json() {
        List<Json> runs = members.stream().map(m -> m.config.json().with("name", m.name).with("split", m.split.json())).toList();
        return Json.object().with("format", FORMAT).with("runs", runs).pretty();
    }

    /// This study with another last epoch and patience for all its runs.
    public Study with(UnaryOperator<RunConfig.Schedule> ends) {
        var other = new Study(folder,
                members.stream().map(m -> new Member(m.name, m.config.with(ends.apply(m.config.schedule())), m.split)).toList());
        AtomicFile.write(file(), other.json());
        for (Member member : other.members) if (isMade(member)) run(member).with(member.config.schedule());
        return other;
    }

    /// The file with the settings.
    public Path file() {
        return folder.resolve(JSON);
    }

    private boolean isMade(Member member) {
        return Run.isRun(folder.resolve(member.name));
    }

    /// The runs whose folders have been made so far.
    public List<Run> made() {
        return members.stream().filter(this::isMade).map(this::run).toList();
    }

    /// Whether a folder holds a study.
    public static boolean isStudy(Path folder) {
        return Files.isRegularFile(folder.resolve(JSON));
    }

    /// The study in a folder.
    ///
    /// @throws FormatException if there is none
    public static Study open(Path folder) {
        Path file = folder.resolve(JSON);
        Json json = Json.read(file);
        RunFolder.requireFormat(json, file, FORMAT, "a study");
        List<Member> members = json.at("runs").list().stream()
                .map(run -> new Member(name(run, file), RunConfig.of(run, file), Split.of(run.at("split"), file))).toList();
        if (members.isEmpty()) throw new FormatException(file + ": it names no run");
        return new Study(folder, members);
    }

    private static String name(Json run, Path file) {
        String name = run.at("name").string();
        if (name.matches("[a-z0-9][a-z0-9-]{0,63}")) return name;
        throw new FormatException(file + ": it calls a run " + FormatException.shown(name));
    }

    /// The run of a member: opened if it was begun, otherwise created.
    public Run run(Member member) {
        Path at = folder.resolve(member.name);
        return Run.isRun(at) ? Run.open(at) : Run.create(at, member.config, member.split);
    }
}
