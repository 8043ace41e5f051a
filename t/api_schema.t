# The published schemas of the contract (campaign/api) say what a real nginx
# answers: ajv takes each answer as it is, and none that lacks a member that must
# be there, or has one more, at any depth.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use Storable qw(dclone);
use OrderSave::Nginx;

my $root = $OrderSave::Nginx::ROOT;
plan skip_all => 'the packages of t/browser are not installed' unless -d "$root/t/browser/node_modules/ajv";

my $json = JSON::PP->new->canonical->utf8;
my %text = (en => 'as it is', fr => 'tel quel');
my $t = OrderSave::Nginx->new(campaign => {
    locales => [qw(en fr ko)], utc_offset => '+00:00',
    policy => {returns => {text => 'Two weeks', exchange => 'Yes', refund => 'Yes', credit => 'Yes', cost => 'None', days => 14, url => '/returns'},
               payment => ['Invoice', 'Cash']},
    refund => {by => 'task', way => {%text}, time => {%text}},
    dispatch => {until => '23:59', days => [qw(mon tue wed thu fri sat sun)]},
    offers => [
        {id => 'ten', reasons => ['costs'], give => {discount => {percent => '10'}}, title => 'Ten', text => 'Less', button => {%text}},
        {id => 'ship', reasons => ['costs'], give => {free_shipping => {}}},
        {id => 'policy', reasons => ['return_policy'], give => {link => {url => '/returns'}}},
        {id => 'size', reasons => ['changed_mind', 'other'], give => {request => {}}},
        {id => 'look', reasons => ['better_price'], give => {info => {about => 'products'}}},
        {id => 'talk', reasons => ['*'], give => {info => {about => 'help'}}},
        {id => 'back', reasons => ['return_policy'], give => {info => {about => 'returns'}}},
        {id => 'soon', reasons => ['delivery_time'], give => {request => {for => 'priority', arrives => {from => 1, to => 3}}}},
        (map { {id => "for-$_", reasons => ['*'], give => {request => {for => $_}}} } qw(swap similar address remove pay match hold twice credit)),
        {id => 'own', reasons => ['twice'], give => {request => {ask => [
            {id => 'font', as => 'choice', label => 'Font', options => ['Sans', 'Serif'], required => JSON::PP::true},
            {id => 'day', as => 'date', label => 'Day'}, {id => 'much', as => 'quantity', label => 'How many'},
            {id => 'which', as => 'item', label => 'Which'}, {id => 'where', as => 'url', label => 'Where'},
            {id => 'price', as => 'price', label => 'Price'}, {id => 'words', as => 'text', label => 'Words'}]}}},
    ]})->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->start_nginx(server => $t->woo);

my $rich = {name => 'Ana', fees => 100, tax => 90, discount => 50, pay_by => int(time) + 86_400, pay_url => 'http://127.0.0.1/pay/7',
    items => [{id => '7', name => 'Blue mug', quantity => 2, total => 4500, image => 'https://shop.test/7.jpg', url => 'https://shop.test/p/7'}]};
$t->order(1, %$rich, payment => 'unpaid');
$t->order(2, %$rich, payment => 'paid');
$t->order(3, payment => 'authorised', items => []);
$t->order($_) for 4 .. 9;
my $line = sub { join "\t", @_ };
$t->redis('SET', $t->key("shelf:shop/$_", "shop/$_"), join "\n",
    $line->('b', '7', 'mugs', '', 'Blue mug', '', 'https://shop.test/p/7', 'https://shop.test/7.jpg', 'Fired twice', 'EUR', 2250, 0, 410, 1200),
    $line->('v', '8', 'mugs', '7', 'L, green', 'Blue mug', 'https://shop.test/p/8', '', '', 'EUR', 2000, 250, 0, 0),
    $line->('s', '9', '', '7', 'Another mug', 'Blue mug', 'https://shop.test/p/9', '', '', 'EUR', 2100, 150, 480, 12)) for 1, 2;

my @accept = ('Accept: application/vnd.ordersave+json');
my %answers;                            # schema => [[what, JSON]...]
my %seen;

sub note_answer {
    my ($schema, $what, $answer) = @_;
    my $said = $json->decode($answer->{body});
    push @{$answers{$schema}}, [$what, $said];
    $seen{$said->{ordersave}} = 1;
    return $said;
}

sub offer { my ($id, $more, @headers) = @_; return $t->get("/ordersave/offer?order=$id&proof=wc_order_$id" . ($more // ''), bare => 1, headers => [@accept, @headers]) }
sub form { return $t->post('/ordersave/decide', [@_], bare => 1) }
my @asked;
sub decide { push @asked, $_[0]; return $t->http('POST', '/ordersave/decide', bare => 1, body => encode_json($_[0])) }

my %offer = map { $_ => note_answer('offer', "the offer of order $_", offer($_)) } 1 .. 9;
note_answer('offer', 'as a dialog', offer(1, '&dialog=1&lang=ko'));
note_answer('offer', 'a cancel that asks for JSON', $t->get($t->cancel_uri(4), bare => 1, headers => \@accept));
note_answer('offer', 'nothing to say', offer(77));
note_answer('answer', 'something is missing', form([ordersave_token => $offer{1}{token}], [ordersave_reason => 'twice'], [ordersave_do => 'accept:own'],
    ['ordersave_ask:twice:own:font' => 'Comic'], ['ordersave_ask:twice:own:words' => 'hers']));
note_answer('answer', 'accepted', decide({token => $offer{2}{token}, do => 'accept:ten', reason => 'costs', comment => 'thanks'}));
note_answer('answer', 'asked of a person', decide({token => $offer{5}{token}, do => 'accept:own', answers => {font => 'Sans', words => 'x'}}));
note_answer('answer', 'accepted by the form', form([ordersave_token => $offer{6}{token}], [ordersave_do => 'accept:ship']));
note_answer('offer', 'what was accepted', offer(6, '&dialog=1'));
note_answer('answer', 'a link', decide({token => $offer{7}{token}, do => 'accept:policy'}));
note_answer('answer', 'declined', decide({token => $offer{7}{token}, do => 'cancel', reason => 'other', comment => 'no'}));
ok $t->event(7, 'declined'), 'that is a decision';
note_answer('answer', 'asked before', decide({token => $offer{7}{token}, do => 'accept:ten'}));
note_answer('answer', 'the same to a form', form([ordersave_token => $offer{7}{token}], [ordersave_do => 'accept:ten']));
note_answer('answer', 'never shown', decide({token => $offer{8}{token}, do => 'accept:none'}));
note_answer('answer', 'a token that is none', form([ordersave_token => 'x.y.z'], [ordersave_do => 'cancel']));
note_answer('answer', 'no JSON', $t->http('POST', '/ordersave/decide', bare => 1, body => 'x'));
note_answer('answer', 'no order', $t->get('/ordersave/offer', bare => 1, headers => \@accept));
note_answer('answer', 'no Accept', $t->get('/ordersave/offer?order=1', bare => 1));
$t->order(8, state => 'cancelled', status => 'cancelled');
note_answer('answer', 'gone', decide({token => $offer{8}{token}, do => 'accept:ten'}));
my $taken = $json->decode($t->redis('GET', $t->decision_key(6)));
$t->redis('SET', $t->decision_key(6), $json->encode({%$taken, state => 'withdrawn'}));
note_answer('offer', 'what was withdrawn', offer(6));
$t->stop_redis;
note_answer('answer', 'not known yet', decide({token => $offer{9}{token}, do => 'accept:ten'}));
push @{$answers{decide}}, map { ["request $_", $asked[$_]] } 0 .. $#asked;

is_deeply [sort keys %seen], [qw(accepted asked declined expired gone information offer pass refused unknown withdrawn)], 'each answer there is was given';
my @kinds = map { keys %$_ } map { @{$_->{offers}} } map { @{$_->{reasons} // []} } map { $_->[1] } @{$answers{offer}};
for my $member (qw(shelf returns help refund new_total until arrival ask button unpaid)) {
    ok scalar(grep { $_ eq $member } @kinds), "there is one with \"$member\"";
}

# All objects in a JSON value, as paths.
sub objects {
    my ($value, @path) = @_;
    return map { objects($value->[$_], @path, $_) } 0 .. $#$value if ref $value eq 'ARRAY';
    return () if ref $value ne 'HASH';
    return ([@path], map { objects($value->{$_}, @path, $_) } sort keys %$value);
}

sub at {
    my ($value, @path) = @_;
    $value = ref $value eq 'ARRAY' ? $value->[$_] : $value->{$_} for @path;
    return $value;
}

# An object with one member more; of each kind of place one is enough.
sub spoilt {
    my ($said) = @_;
    my (%done, @all);
    for my $path (objects($said)) {
        next if $done{join '/', map { /^\d+$/ ? '*' : $_ } @$path}++;
        next if @$path && $path->[-1] eq 'answers';             # their names are the shop's
        my $copy = dclone($said);
        at($copy, @$path)->{surprise} = 1;
        push @all, ["one more in /" . join('/', @$path), $copy];
    }
    return @all;
}

# Without a member that must be there: at the top, and of what is in it.
sub lacking {
    my ($schema, $said) = @_;
    my %must = (
        offer => {'' => [qw(ordersave locale reasons token decide)], order => [qw(number total items)], dialog => [qw(html css)],
                  'reasons/*' => [qw(id label offers has_offers)], 'reasons/*/offers/*' => [qw(id title text)],
                  'reasons/*/offers/*/ask/*' => [qw(id name label)], 'reasons/*/offers/*/refund' => ['amount'],
                  'order/items/*' => [qw(quantity total)], 'reasons/*/offers/*/shelf/*' => ['name']},
        accepted => {'' => [qw(ordersave offer)]}, withdrawn => {'' => [qw(ordersave offer)]},
        information => {'' => [qw(ordersave offer url)]}, refused => {'' => [qw(ordersave why)]},
        decide => {'' => [qw(token do)]},
    );
    my $rules = $must{$schema eq 'decide' ? 'decide' : $said->{ordersave}} // {'' => ['ordersave']};
    my (%done, @all);
    for my $path (objects($said)) {
        my $kind = join '/', map { /^\d+$/ ? '*' : $_ } @$path;
        next if $done{$kind}++;
        for my $member (@{$rules->{$kind} // []}) {
            my $copy = dclone($said);
            delete at($copy, @$path)->{$member};
            push @all, ["without $member in /" . join('/', @$path), $copy];
        }
    }
    return @all;
}

for my $schema (sort keys %answers) {
    my (@files, @want, @names);
    my $add = sub { my ($want, $name, $value) = @_;
        push @files, $t->write("$schema" . @files . '.json', $json->encode($value)); push @want, $want; push @names, $name };
    for my $given (@{$answers{$schema}}) {
        my ($what, $said) = @$given;
        $add->('good', $what, $said);
        $add->('bad', "$what, $_->[0]", $_->[1]) for spoilt($said), lacking($schema, $said);
    }
    open my $ajv, '-|', 'node', "$root/t/browser/schema.js", "$root/campaign/api/$schema.schema.json", @files or die "node: $!";
    my @theirs = map { chomp; $_ } <$ajv>;
    is scalar(@theirs), scalar(@files), "$schema: ajv takes the schema";
    is $theirs[$_] eq 'good' ? 'good' : 'bad', $want[$_], "$schema: $names[$_]" or diag "$theirs[$_]: " . substr $t->read($files[$_] =~ s{.*/}{}r), 0, 300 for 0 .. $#files;
    cmp_ok scalar(grep { $_ eq 'bad' } @want), '>', scalar(@want) / 2, "$schema: most of these are faults";
}
done_testing;
