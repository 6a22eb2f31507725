from django.db import migrations, models


class Migration(migrations.Migration):
    """Days from before sessions and rollups are not rolled up yet: the worker sees to them."""

    dependencies = [("warehouse", "0001_initial")]

    operations = [
        migrations.AddField(
            "day",
            "rolled_up",
            models.BooleanField(
                default=False, help_text="Sessions and rollups hold what the events say."
            ),
        ),
        migrations.AlterField(
            "day",
            "rolled_up",
            models.BooleanField(
                default=True, help_text="Sessions and rollups hold what the events say."
            ),
        ),
        migrations.AddIndex(
            "day",
            models.Index(
                condition=models.Q(("rolled_up", False)),
                fields=["organization_id", "day"],
                name="days_to_roll_up",
            ),
        ),
        migrations.CreateModel(
            name="TableSize",
            fields=[
                ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("rows", models.BigIntegerField()),
                ("bytes", models.BigIntegerField()),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
