"""A recipe says everything and tolerates nothing that it does not know."""

import pytest

from core.errors import RecipeError
from core.training.recipe import Recipe, load_recipe, parse_recipe, shipped_recipes


@pytest.mark.parametrize("name", shipped_recipes())
def test_the_same_toml_comes_out(name, tmp_path):
    recipe = load_recipe(name)
    path = tmp_path / "again.toml"
    path.write_text(recipe.to_toml(), "utf-8")
    again = load_recipe(path)
    assert again == recipe
    assert again.to_toml() == recipe.to_toml()
    assert recipe.name == name
    assert parse_recipe(recipe.model_dump(mode="json", exclude_none=True)) == recipe  # as it stands in a card


def test_overrides_reach_tables_and_bare_words():
    recipe = load_recipe(
        "phantom-triage", ["epochs=3", "input.size=[64, 48]", "input.filter=laplacian", "augment.gamma=0", "pretrained=true"]
    )
    assert (recipe.epochs, recipe.input.size, recipe.input.filter, recipe.augment.gamma) == (3, (64, 48), "laplacian", 0)
    assert recipe.pretrained is True


@pytest.mark.parametrize(
    ("override", "known"), [("epoch=3", "epochs"), ("augment.rotate=3", "rotation"), ("input.sise=[1,2]", "letterbox|resize")]
)
def test_an_unknown_key_lists_the_known_ones(override, known):
    with pytest.raises(RecipeError, match=known) as caught:
        load_recipe("phantom-triage", [override])
    assert override.split("=")[0] in str(caught.value)


@pytest.mark.parametrize("override", ["epochs=0", "epochs=many", "label_space=cats", "lr=-1", "no sign", "name.x=1"])
def test_wrong_values_are_refused(override):
    with pytest.raises(RecipeError):
        load_recipe("phantom-triage", [override])


def test_unknown_recipe_and_broken_toml(tmp_path):
    with pytest.raises(RecipeError, match="phantom-triage"):
        load_recipe("no-such-recipe")
    (tmp_path / "x.toml").write_text("name = ")
    with pytest.raises(RecipeError, match="not valid TOML"):
        load_recipe(tmp_path / "x.toml")


def test_recipes_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        load_recipe("phantom-triage").epochs = 3
    assert Recipe.model_config["extra"] == "forbid"
