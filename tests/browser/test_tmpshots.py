from playwright.sync_api import expect
from PIL import Image
from django.core.files.uploadedfile import SimpleUploadedFile
from studio.models import Generation, Model
from studio.commands import albums
from studio.engines.photo import presets
from tests.browser.board import draw, file
from tests.studio.engines.old_photos import file as encoded
from tests.policy.belongings import work_of
import starter.photo_pictures as pp

def scene(w=900):
    from PIL import ImageDraw
    whole = Image.new("RGB", (768, 576)); pp.building(ImageDraw.Draw(whole))
    return encoded(whole.convert("L").resize((w, w*3//4)), "JPEG")

def test_shots(studio, stack, open_page, log_in, alice):
    stack.start("cpu")
    Model.objects.create(name="ddcolor", title="DDColor", engine="local", family="ddcolor", source="nowhere", tools=["colorize"])
    page = studio(viewport={"width": 1440, "height": 900})
    page.locator("#field-tool").select_option("colorize")
    page.wait_for_timeout(300)
    page.screenshot(path="/tmp/s1_empty_network.png")
    page.locator("#field-model").select_option("plain")
    file(page, "drop", "grandmothers-house.jpg", "image/jpeg", scene())
    expect(page.locator("#photo-name")).to_have_text("grandmothers-house.jpg")
    for swatch, (x, y) in (("Sky", (0.1, 0.1)), ("Brick", (0.3, 0.5)), ("Grass", (0.1, 0.85)), ("Foliage", (0.83, 0.4))):
        page.locator("#hint-palette").get_by_role("button", name=swatch, exact=True).click()
        draw(page, (x, y), (x + 0.08, y), (x + 0.08, y + 0.04))
    page.screenshot(path="/tmp/s2_hints.png")
    page.locator("#generate").click()
    page.wait_for_timeout(500)
    page.screenshot(path="/tmp/s3_stage.png")
    expect(page.locator(".caption-title")).to_have_text("Finished")
    page.locator('[data-offer="compare"]').click()
    page.wait_for_timeout(400)
    page.screenshot(path="/tmp/s4_done.png")
    phone = studio(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="dark")
    phone.wait_for_timeout(500)
    phone.screenshot(path="/tmp/s5_phone.png")
    phone.screenshot(path="/tmp/s5_phone_full.png", full_page=True)
    gen = Generation.objects.get()
    from gallery.models import Work
    page.goto(f"/gallery/{Work.objects.get().pk}/")
    page.wait_for_timeout(400)
    page.screenshot(path="/tmp/s6_work.png")
    album = albums.make(alice, "Grandmother", "colorize:ddcolor", {"preset": "person"})
    for n in range(5):
        albums.add(alice, album.pk, f"holiday-{n}.png", encoded(Image.new("L", (64, 48), n*20)))
    albums.add(alice, album.pk, "broken.png", b"no")
    rows = list(album.photos.all())
    Generation.objects.filter(pk=rows[0].generation_id).update(state="finished"); work_of(alice, rows[0].generation_id)
    Generation.objects.filter(pk=rows[1].generation_id).update(state="failed", error_code="worker_lost")
    page.goto("/albums/"); page.wait_for_timeout(300); page.screenshot(path="/tmp/s7_albums.png")
    page.goto(f"/albums/{album.pk}/"); page.wait_for_timeout(300); page.screenshot(path="/tmp/s8_album.png")
    phone.goto(f"/albums/{album.pk}/"); phone.wait_for_timeout(300); phone.screenshot(path="/tmp/s9_album_phone.png", full_page=True)
    zh = studio(viewport={"width": 1440, "height": 900}, locale="zh-CN", color_scheme="dark")
    zh.goto("/studio/?work=" + str(Work.objects.filter(tool="colorize").first().pk)); expect(zh.locator("#studio")).to_have_attribute("data-ready", "true"); zh.wait_for_timeout(800)
    zh.screenshot(path="/tmp/s10_zh.png")
    stack.kill("cpu")
