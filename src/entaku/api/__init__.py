"""The transport kit: what every route of every module gets without asking, and what a handler may ask for.

    @patch("/notes/{note_id:str}", tags=["Notes"])
    async def patch_note(
        actor: CallingActor,                # auth: who calls; a route is closed unless it says opt=ANONYMOUS
        note_id: PathId,                    # path_ids: documented here, checked by the service
        data: JSONBody[NotePatch],          # bodies: strict, bounded, with the path of a flaw
        required_version: ExpectedVersion,  # etags: If-Match
        idempotency: SentIdempotency,       # idempotency: Idempotency-Key
        notes: NamedDependency[Notes],      # what `create_http(dependencies=…)` was given
    ) -> Response[NoteView]:
        note = await notes.retitle(actor, note_id, data.title, expected=required_version)
        return reply(note, version=note.version)  # replies: ETag, Location, Idempotency-Replayed

The kit knows no module. Its names are entered file by file, so that a process loads only what it serves. Read `http`
first (what is assembled), then `edge` (what a request passes), `errors`, and the file of whatever you ask for. `fronts`
is for the hottest routes, `in_process` for tests and the command line.
"""
